package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.model.Flops;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;
import nanochat.train.PretrainingOptions.BatchSizes;
import nanochat.train.PretrainingOptions.Cadence;
import nanochat.train.PretrainingOptions.Horizon;
import nanochat.train.PretrainingOptions.ModelDials;
import nanochat.train.PretrainingOptions.Warmth;
import org.junit.jupiter.api.Test;

/// By hand from docs/formulas.md#scaling-laws: depth 12 with a ratio of 12 is its own reference, so its best batch is 2^19 tokens and no rate changes.
class PretrainingPlanTest {
    private static final int VOCABULARY = 32768;
    private static final Horizon BY_RATIO = new Horizon(-1, -1, 12);

    private static PretrainingPlan plan(int depth, Horizon horizon, BatchSizes batch) {
        return PretrainingPlan.of(new PretrainingOptions(new ModelDials(depth, 64, 128, 512, "SSSL"), horizon, batch,
                OptimizerSettings.DEFAULT, new Warmth(40, 0.65, 0.05), new Cadence(250, -1, 2000, -1), Packing.BESTFIT, DType.F32, 1),
                VOCABULARY);
    }

    @Test
    void theReferenceModelKeepsTheReferenceSettings() {
        PretrainingPlan plan = plan(12, BY_RATIO, new BatchSizes(8, -1));
        assertThat(plan.totalBatch()).isEqualTo(1 << 19);
        assertThat(plan.microSteps()).isEqualTo((1 << 19) / (8 * 512));
        assertThat(plan.settings()).isEqualTo(OptimizerSettings.DEFAULT);
        assertThat(plan.iterations()).isEqualTo((int) (12 * ParameterCounts.of(plan.config()).scaling() / (1 << 19)));
        assertThat(plan.cadence().evaluationTokens()).isEqualTo(40L << 19);
    }

    @Test
    void anAutomaticBatchFitsWhateverTheMicroBatchIs() {
        PretrainingPlan odd = plan(4, BY_RATIO, new BatchSizes(3, -1));
        assertThat(odd.totalBatch() % (3 * 512)).isZero();
        PretrainingPlan large = plan(1, BY_RATIO, new BatchSizes(4096, -1));
        assertThat(large.microSteps()).isEqualTo(1);
    }

    @Test
    void iterationsGoBeforeFlopsAndFlopsBeforeTheRatio() {
        BatchSizes batch = new BatchSizes(8, 8192);
        assertThat(plan(4, new Horizon(7, 1e15, 12), batch).iterations()).isEqualTo(7);
        GptConfig config = plan(4, BY_RATIO, batch).config();
        assertThat(plan(4, new Horizon(-1, 1e15, 12), batch).iterations())
                .isEqualTo((int) Math.rint(1e15 / (8192.0 * Flops.perToken(config))));
        assertThatThrownBy(() -> plan(4, new Horizon(-1, -1, -1), batch)).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("num_iterations", "target_flops", "target_param_data_ratio");
    }

    @Test
    void aTotalBatchThatDoesNotDivideIsRefusedWithTheNearestThatDoes() {
        assertThatThrownBy(() -> plan(4, BY_RATIO, new BatchSizes(8, 10_000))).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("total_batch_size 10000", "device_batch_size 8 x max_seq_len 512 = 4096", "8192");
        assertThatThrownBy(() -> plan(4, BY_RATIO, new BatchSizes(8, 0))).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> plan(4, BY_RATIO, new BatchSizes(8, Integer.MAX_VALUE))).isInstanceOf(BadInputException.class)
                .as("2^31 is no int").hasMessageContaining("Nearest that fits: 2147479552");
    }

    @Test
    void aLengthOfTheRunThatMeansNothingIsRefused() {
        BatchSizes batch = new BatchSizes(8, 8192);
        for (int iterations : new int[]{0, -5}) {
            assertThatThrownBy(() -> plan(4, new Horizon(iterations, -1, 12), batch)).isInstanceOf(BadInputException.class)
                    .hasMessage("num_iterations must be above 0, or -1 for unused; is " + iterations);
        }
        assertThatThrownBy(() -> plan(4, new Horizon(-1, 0, 12), batch)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("target_flops must be above 0");
        assertThatThrownBy(() -> plan(4, new Horizon(-1, -1, Double.NaN), batch)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("target_param_data_ratio must be above 0");
    }

    @Test
    void theDescriptionSaysWhatItCosts() {
        assertThat(String.join("\n", plan(4, new Horizon(100, -1, -1), new BatchSizes(8, 8192)).describe()))
                .contains("4 layers, width 256, 2 heads of 128", "100 steps of 8192 tokens (2 x 8 x 512)", "819k tokens in all");
    }
}
