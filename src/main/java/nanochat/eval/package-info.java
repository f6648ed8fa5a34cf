/// How good a model is: bits per byte and completions of fixed prompts.
@org.jspecify.annotations.NullMarked
package nanochat.eval;
