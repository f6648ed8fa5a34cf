package nanochat.engine;

import nanochat.io.BadInputException;

/// How tokens are drawn. The logits are divided by the temperature and exponentiated; then in this order only the `topK` most likely tokens stay, of
/// those the ones at least `minP` times as likely as the most likely one, and of those the fewest whose probabilities sum to at least `topP`.
///
/// @param temperature 0 always takes the most likely token, and so does one so near to it that no other could ever be drawn
/// @param topK 0 keeps all
/// @param topP 1 keeps all
/// @param minP 0 keeps all
public record Sampling(double temperature, int topK, double topP, double minP) {
    /// The most likely token, always.
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0);

    /// Below this, logits that differ at all differ by more than a draw can bridge: f32 tells them apart by about 1e-6.
    private static final double COLDEST = 1e-7;

    public Sampling {
        check(temperature >= 0 && temperature < Double.POSITIVE_INFINITY, "the temperature must be 0 or more, is " + temperature);
        check(topK >= 0, "top-k must be 0 (all) or more, is " + topK);
        check(topP > 0 && topP <= 1, "top-p must be above 0 and at most 1 (all), is " + topP);
        check(minP >= 0 && minP <= 1, "min-p must be between 0 (all) and 1, is " + minP);
    }

    private static void check(boolean valid, String message) {
        if (!valid) {
            throw new BadInputException("Sampling: " + message);
        }
    }

    /// The whole distribution at this temperature.
    public static Sampling atTemperature(double temperature) {
        return new Sampling(temperature, 0, 1, 0);
    }

    public Sampling withTopK(int limit) {
        return new Sampling(temperature, limit, topP, minP);
    }

    public Sampling withTopP(double mass) {
        return new Sampling(temperature, topK, mass, minP);
    }

    public Sampling withMinP(double share) {
        return new Sampling(temperature, topK, topP, share);
    }

    /// A sampler whose draws depend on nothing but the logits, the seed and the stream: rows of a batch take stream 0, 1, 2, ... of one seed.
    public Sampler sampler(int vocabularySize, long seed, int stream) {
        return temperature < COLDEST ? Sampler.GREEDY : new RandomSampler(this, vocabularySize, seed, stream);
    }
}
