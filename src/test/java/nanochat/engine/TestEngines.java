package nanochat.engine;

import nanochat.engine.kernel.Workers;

/// Engines on weights and workers of a test.
final class TestEngines {
    private TestEngines() {
    }

    /// @param context the most tokens of a prompt and its answer
    static Engine of(EngineWeights weights, Workers workers, int context) {
        return of(new InferenceGpt(weights, workers, context));
    }

    static Engine of(EngineWeights weights, Workers workers, int context, int rows) {
        return new Engine(new InferenceGpt(weights, workers, context), options(context).withRows(rows));
    }

    /// @param cacheBytes the most memory for keys and values
    static Engine of(EngineWeights weights, Workers workers, int context, long cacheBytes) {
        return new Engine(new InferenceGpt(weights, workers, context), options(context).withRows(8).withCacheBytes(cacheBytes));
    }

    static Engine of(InferenceGpt gpt) {
        return new Engine(gpt, options(gpt.maximumLength()));
    }

    private static EngineOptions options(int context) {
        return EngineOptions.of(WeightFormat.F32, 1).withContext(context);
    }
}
