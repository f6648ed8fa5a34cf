/// Inference: KV cache, sampling, generation, tools. Pure Java on the Vector API; needs no native library and no training code.
@org.jspecify.annotations.NullMarked
package nanochat.engine;
