/// A model behind HTTP, as OpenAI's clients expect it: requests are checked into [nanochat.serve.Order]s, become rows of one batch, and answers go out as they come.
@org.jspecify.annotations.NullMarked
package nanochat.serve;
