// RepoBench v1.1 (Liu et al., arXiv 2306.03091; CC): the next line, with no text after it. The file is one of
// cross_file_first, cross_file_random and in_file, .parquet.
import { z } from "zod";
import { defineDataset } from "./dataset.js";

export const repoBench = defineDataset({
  name: "repobench",
  description: "RepoBench v1.1, the next line (Python, Java)",
  shape: {
    repo_name: z.string(),
    file_path: z.string().min(1),
    import_statement: z.string(),
    cropped_code: z.string(),
    next_line: z.string(),
  },
  toHole: ({ repo_name, file_path, import_statement, cropped_code, next_line }, { occurrence }) => {
    const file = `${repo_name}/${file_path}`;
    const isJava = file_path.endsWith(".java");
    return {
      // There may be several lines of one file.
      id: `${file}#${occurrence(file)}`,
      cluster: file,
      path: file_path,
      repository: repo_name.split("/").at(-1) ?? repo_name,
      languageId: isJava ? "java" : "python",
      // As the authors' construct_prompt puts it together.
      prefix: `${import_statement}\n${cropped_code}\n`,
      middle: next_line,
      suffix: "",
      kind: "nextLine",
      comparesStripped: true,
    };
  },
});
