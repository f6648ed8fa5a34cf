/// What the engine computes with: weights laid out for streaming and their products, pages of keys and values and the attention over them, threads
/// that meet after every step. Pure Java on the Vector API; a native library where there is one. Knows nothing of texts and requests.
@org.jspecify.annotations.NullMarked
package nanochat.engine.kernel;
