package nanochat.engine;

import java.util.Arrays;
import nanochat.engine.kernel.Rows;

/// How likely a model found a token where it stands, and what it found likeliest there: by the logits as they are, before temperature or any cut.
///
/// @param token the id
/// @param logProbability natural logarithm of its probability
/// @param likeliest ids of the likeliest tokens there, in this order
/// @param logProbabilities theirs; where the token itself is among them, its value is exactly `logProbability`
public record TokenLikelihood(int token, float logProbability, int[] likeliest, float[] logProbabilities) {
    /// The most tokens of [#likeliest].
    public static final int MOST_ALTERNATIVES = 20;

    /// What row `row` of `logits` says of `token`.
    static TokenLikelihood of(Rows logits, int row, int token) {
        float normalizer = logits.logSumExp(row);
        int[] likeliest = likeliest(logits, row);
        float[] logProbabilities = new float[likeliest.length];
        for (int i = 0; i < likeliest.length; i++) {
            logProbabilities[i] = logits.get(row, likeliest[i]) - normalizer;
        }
        return new TokenLikelihood(token, logits.get(row, token) - normalizer, likeliest, logProbabilities);
    }

    /// With so many of the likeliest tokens at most.
    public TokenLikelihood withAlternatives(int most) {
        return new TokenLikelihood(token, logProbability, Arrays.copyOf(likeliest, Math.min(most, likeliest.length)),
                Arrays.copyOf(logProbabilities, Math.min(most, likeliest.length)));
    }

    /// Of equally likely tokens the first ones.
    private static int[] likeliest(Rows logits, int row) {
        int[] ids = new int[Math.min(MOST_ALTERNATIVES, logits.width())];
        float[] values = new float[ids.length];
        int count = 0;
        for (int token = 0; token < logits.width(); token++) {
            float value = logits.get(row, token);
            if (count == ids.length && value <= values[count - 1]) {
                continue;
            }
            int place = count < ids.length ? count++ : count - 1;
            for (; place > 0 && values[place - 1] < value; place--) {
                values[place] = values[place - 1];
                ids[place] = ids[place - 1];
            }
            values[place] = value;
            ids[place] = token;
        }
        return ids;
    }
}
