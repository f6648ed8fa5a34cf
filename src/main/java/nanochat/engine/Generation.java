package nanochat.engine;

import java.util.Set;
import nanochat.io.BadInputException;

/// What to generate.
///
/// @param maximumTokens per row, forced tokens included
/// @param sampling how tokens are drawn
/// @param seed of all draws; the same request on the same weights gives the same tokens
/// @param stopTokens ids that end a row; they do not appear in it
public record Generation(int maximumTokens, Sampling sampling, long seed, Set<Integer> stopTokens) {
    public Generation {
        if (maximumTokens < 1) {
            throw new BadInputException("At least one token must be asked for, not " + maximumTokens);
        }
        stopTokens = Set.copyOf(stopTokens);
    }

    /// The most likely continuation.
    public static Generation greedy(int maximumTokens, Set<Integer> stopTokens) {
        return new Generation(maximumTokens, Sampling.GREEDY, 0, stopTokens);
    }
}
