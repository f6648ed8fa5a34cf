/// How good a model is: bits per byte, completions of fixed prompts, the CORE evaluation of base models, the tasks of chat models.
@org.jspecify.annotations.NullMarked
package nanochat.eval;
