package nanochat.train;

import nanochat.engine.Sampling;
import nanochat.io.BadInputException;

/// How a model is asked in reinforcement learning.
///
/// @param problems asked in a step
/// @param samples answers to each
/// @param maximumTokens of an answer, tool results included
/// @param temperature at which answers are drawn
/// @param topK of the likeliest tokens so many may be drawn; 0: all
/// @param seed of all draws
public record RolloutSettings(int problems, int samples, int maximumTokens, double temperature, int topK, long seed) {
    public RolloutSettings {
        RunSettings.atLeast(1, problems, RunSettings.EXAMPLES_PER_STEP);
        RunSettings.atLeast(2, samples, RunSettings.SAMPLES); // what one answer is worth more than the others it takes others to say
        RunSettings.atLeast(1, maximumTokens, RunSettings.MAXIMUM_TOKENS);
        RunSettings.atLeast(0, topK, RunSettings.TOP_K);
        if (!(temperature > 0 && temperature < Double.POSITIVE_INFINITY)) {
            throw BadInputException.about("%s must be above 0, is %s: answers that are all the same teach nothing", RunSettings.TEMPERATURE,
                    temperature);
        }
    }

    Sampling sampling() {
        return Sampling.atTemperature(temperature).withTopK(topK);
    }
}
