/// A model behind HTTP, as OpenAI's clients expect it: requests are checked into [nanochat.serve.Order]s, become rows of one batch, and answers go out as they come.
///
/// Pages for people are files: [nanochat.serve.WebFiles] sends a closed list of them out of the jar, without a build step and with a policy that lets a
/// page run nothing but them. A new page is a folder of `nanochat/web` (`index.html`, its style, its modules, its messages in two languages) and a
/// constant of [nanochat.serve.WebPage], which the server that shows it names; design, languages, light and dark and the asking of the server come
/// from the folder `house`.
@org.jspecify.annotations.NullMarked
package nanochat.serve;
