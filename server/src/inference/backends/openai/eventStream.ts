// Server-sent events (WHATWG HTML, 9.2), as far as streaming completions use them: the data of each event.

/** The data of the events in a stream of bytes, one by one. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let buffer = "";
  let data: string[] = [];
  for await (const chunk of body) {
    buffer += decoder.decode(chunk, { stream: true });
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "" && data.length > 0) {
        yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) {
        data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
      }
    }
  }
  if (buffer.startsWith("data:")) {
    data.push(buffer.slice(5).trimStart());
  }
  if (data.length > 0) {
    yield data.join("\n");
  }
}
