/// Tensors, the list of operations on them, and the tape that plays them back for gradients.
@org.jspecify.annotations.NullMarked
package nanochat.tensor;
