package nanochat.objective;

import java.util.SplittableRandom;
import nanochat.data.Batch;

/// A batch seen through noise.
///
/// @param question asks for every token with noise at its own place
/// @param ratios the signal-to-noise ratio of each position; what has no noise is as good as known
/// @param evidence what is seen of it, [N, D]
record NoisyText(Batch question, double[] ratios, float[] evidence) {
    /// Which tokens of a row are seen how well.
    enum Levels {
        /// All alike, as where text is written from nothing: what is measured.
        ALIKE,
        /// In every second row, in the mean, a share of the tokens is as good as known, from none to all, and each of the others has a level of its own: what
        /// blanks look like. What is to be learned is the same, and it is learned sooner where some tokens can be read and others not.
        MIXED
    }

    /// The levels of rows are spread evenly, from a beginning that is drawn.
    ///
    /// @param text without any noise
    static NoisyText of(int[] text, Batch question, GaussianNoise noise, Levels levels, SplittableRandom random) {
        int length = question.length();
        double begin = random.nextDouble();
        double[] ratios = new double[text.length];
        float[] evidence = new float[ratios.length * GaussianNoise.WIDTH];
        for (int row = 0; row < question.rows(); row++) {
            double level = (begin + (double) row / question.rows()) % 1;
            boolean alike = levels == Levels.ALIKE || random.nextBoolean();
            double known = random.nextDouble();
            for (int position = row * length; position < (row + 1) * length; position++) {
                boolean certain = question.targets()[position] == Batch.IGNORED || !alike && random.nextDouble() < known;
                ratios[position] = certain ? GaussianNoise.CERTAIN : noise.ratio(alike ? level : random.nextDouble());
                noise.observe(evidence, position, text[position], 0, ratios[position], random);
            }
        }
        return new NoisyText(question, ratios, evidence);
    }
}
