package nanochat.chat;

import nanochat.engine.Sampling;
import nanochat.io.BadInputException;

/// How answers are made.
///
/// @param sampling how tokens are drawn
/// @param seed of the first answer; every further one, also of the same message, has a seed of its own that follows from it
/// @param maximumTokens of an answer
public record ChatSettings(Sampling sampling, long seed, int maximumTokens) {
    public ChatSettings {
        if (maximumTokens < 1) {
            throw new BadInputException("An answer needs at least one token, not " + maximumTokens);
        }
    }

    public ChatSettings withTemperature(double temperature) {
        return new ChatSettings(new Sampling(temperature, sampling.topK(), sampling.topP(), sampling.minP()), seed, maximumTokens);
    }
}
