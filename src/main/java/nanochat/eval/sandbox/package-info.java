/// Running programs that a model has written, in processes of their own that can do little harm.
@org.jspecify.annotations.NullMarked
package nanochat.eval.sandbox;
