package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;

/// Whatever numbers a user gives, a plan is made or refused with words: no overflow, no endless loop, no exception of Java's own.
class ExtremeOptionsTest {
    private static final List<Integer> WHOLE = List.of(-1, 0, 1, -5, 2, 64, 1000, 65_536, 1 << 22, 100_000_000, Integer.MAX_VALUE,
            Integer.MIN_VALUE);
    private static final List<Double> REAL = List.of(-1.0, 0.0, 1e-39, 0.5, 1.0, 12.0, 1e9, 1e38, 1e308, Double.MIN_VALUE);

    @RepeatedTest(300)
    void aPlanIsMadeOrRefused(RepetitionInfo repetition) {
        SplittableRandom random = new SplittableRandom(repetition.getCurrentRepetition());
        int changes = 1 + random.nextInt(3);
        int[] whole = {2, 64, 64, 64, 100, 4, 256, 10, 100, 100, 100};
        double[] real = {-1, 12, 0.008, 0.3, 0.02, 0.5, 0.28, 0.65, 0.05};
        for (int i = 0; i < changes; i++) {
            if (random.nextBoolean()) {
                whole[random.nextInt(whole.length)] = WHOLE.get(random.nextInt(WHOLE.size()));
            } else {
                real[random.nextInt(real.length)] = REAL.get(random.nextInt(REAL.size()));
            }
        }
        try {
            PretrainingOptions options = new PretrainingOptions(
                    new PretrainingOptions.ModelDials(whole[0], whole[1], whole[2], whole[3], "SSSL"),
                    new PretrainingOptions.Horizon(whole[4], real[0], real[1]), new PretrainingOptions.BatchSizes(whole[5], whole[6]),
                    new OptimizerSettings(real[2], real[3], real[4], real[5], real[6]),
                    new PretrainingOptions.Warmth(whole[7], real[7], real[8]),
                    new PretrainingOptions.Cadence(whole[8], whole[9], whole[10], -1), Packing.BESTFIT, DType.F32, 1);
            PretrainingPlan plan = PretrainingPlan.of(options, 512);
            assertThat(plan.iterations()).isPositive();
            assertThat(plan.totalBatch()).isPositive();
            assertThat(plan.describe()).isNotEmpty();
            MemoryNeed need = MemoryNeed.of(plan.config(), plan.compute(), false, (long) plan.layout().rows() * plan.layout().length());
            assertThat(need.bytes()).isPositive();
        } catch (BadInputException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        } catch (RuntimeException defect) {
            fail(Arrays.toString(whole) + " " + Arrays.toString(real), defect);
        }
    }
}
