"""The training corpus: permissively licensed source text of packages named one by one in packages.json.

Each module is one step; `python -m corpus build` (from models/training) runs them in order.
"""
