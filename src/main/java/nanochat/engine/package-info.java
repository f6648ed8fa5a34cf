/// Inference: a model that is loaded, its KV cache, sampling, generation. Needs no native library and no training code. What it computes with is in
/// [nanochat.engine.kernel], the tools of a model in [nanochat.engine.tool].
@org.jspecify.annotations.NullMarked
package nanochat.engine;
