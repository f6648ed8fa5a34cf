/// The fast backend for processors: oneDNN's matrix products, everything else fused and vectorised, on memory that is allocated once.
@org.jspecify.annotations.NullMarked
package nanochat.tensor.cpu;
