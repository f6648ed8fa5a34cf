/// What a model learns to predict from what.
@org.jspecify.annotations.NullMarked
package nanochat.objective;
