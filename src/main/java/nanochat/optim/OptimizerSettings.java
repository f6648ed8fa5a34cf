package nanochat.optim;

import nanochat.io.BadInputException;
import nanochat.io.Setting;

/// The learning rates and the weight decay that a user sets.
///
/// @param unembeddingLr of lm_head
/// @param embeddingLr of wte; the value embeddings take half of it
/// @param matrixLr of the matrices of the blocks (Muon)
/// @param scalarLr of x0_lambdas; resid_lambdas takes a hundredth of it
/// @param weightDecay of the matrices of the blocks
public record OptimizerSettings(double unembeddingLr, double embeddingLr, double matrixLr, double scalarLr, double weightDecay) {
    /// As tuned for depth 12 at the reference batch size.
    public static final OptimizerSettings DEFAULT = new OptimizerSettings(0.008, 0.3, 0.02, 0.5, 0.28);

    public OptimizerSettings {
        check(new Setting("unembedding_lr"), unembeddingLr);
        check(new Setting("embedding_lr"), embeddingLr);
        check(new Setting("matrix_lr"), matrixLr);
        check(new Setting("scalar_lr"), scalarLr);
        check(new Setting("weight_decay"), weightDecay);
    }

    private static void check(Setting setting, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw BadInputException.about("%s must be a number that is not negative, is %s", setting, value);
        }
    }

    /// Every learning rate times `factor`.
    public OptimizerSettings withLearningRatesTimes(double factor) {
        return new OptimizerSettings(unembeddingLr * factor, embeddingLr * factor, matrixLr * factor, scalarLr * factor, weightDecay);
    }

    public OptimizerSettings withWeightDecay(double value) {
        return new OptimizerSettings(unembeddingLr, embeddingLr, matrixLr, scalarLr, value);
    }
}
