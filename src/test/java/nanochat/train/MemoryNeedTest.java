package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import nanochat.data.Batch;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.io.Machine;
import nanochat.io.ProcessMemory;
import nanochat.model.GptConfig;
import nanochat.model.ParameterCounts;
import nanochat.objective.ObjectiveChoice;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import org.junit.jupiter.api.Test;

class MemoryNeedTest {
    private static final GptConfig CONFIG = GptConfig.ofDepth(2, 64, 64, 64, 512, "L");

    /// What is refused could not have run: the estimate is below what a real model takes.
    @Test
    void aModelTakesAtLeastWhatIsEstimated() {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            var options = new PretrainingOptions(new PretrainingOptions.ModelDials(2, 64, 64, 64, "L"),
                    new PretrainingOptions.Horizon(1, -1, -1), new PretrainingOptions.BatchSizes(4, 256),
                    OptimizerSettings.DEFAULT, new PretrainingOptions.Warmth(0, 0.5, 0.1),
                    new PretrainingOptions.Cadence(-1, -1, -1, -1), Packing.BESTFIT, DType.F32, 1);
            ModelInTraining model = new ModelInTraining(PretrainingPlan.of(options, 512), backend);
            var objective = model.nextToken(4, 64);
            objective.addGradients(new Batch(4, 64, new int[256], new int[256]), 1);
            objective.takeLoss();
            MemoryNeed need = MemoryNeed.of(CONFIG, DType.F32, false, 256);
            assertThat(need.bytes()).isLessThanOrEqualTo(backend.allocatedBytes()).isGreaterThan(backend.allocatedBytes() / 4);
            assertThat(need.parameterBytes()).isEqualTo(16 * ParameterCounts.of(CONFIG).total());
        }
    }

    @Test
    void aMemoryOfTheRowBeforeIsCounted() {
        PretrainingPlan alone = plan(0);
        PretrainingPlan recurrent = plan(48);
        long counted = MemoryNeed.of(recurrent, 256).bytes() - MemoryNeed.of(alone, 256).bytes();
        long taken = tensorBytes(recurrent) - tensorBytes(alone);
        assertThat(counted).isLessThanOrEqualTo(taken).isGreaterThan(taken * 9 / 10);
    }

    private static PretrainingPlan plan(int recurrence) {
        return PretrainingPlan.of(new PretrainingOptions(new PretrainingOptions.ModelDials(2, 64, 64, 64, "L"),
                new ObjectiveChoice.OfNextToken(recurrence), new PretrainingOptions.Horizon(1, -1, -1),
                new PretrainingOptions.BatchSizes(4, 256), OptimizerSettings.DEFAULT, new PretrainingOptions.Warmth(0, 0.5, 0.1),
                new PretrainingOptions.Cadence(-1, -1, -1, -1), Packing.CONTINUED, DType.F32, 1), 512);
    }

    /// Before the first pass.
    private static long tensorBytes(PretrainingPlan plan) {
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32)) {
            new ModelInTraining(plan, backend).objective(plan.objective(), 4, 64, 1);
            return backend.tensorBytes();
        }
    }

    @Test
    void whatCannotFitIsRefusedWithTheSizesThatMatter() {
        MemoryNeed need = MemoryNeed.of(CONFIG, DType.F32, false, 1_000_000);
        assertThatThrownBy(() -> need.check(Optional.of(1L << 30))).isInstanceOf(BadInputException.class).hasMessageContaining("1.1 GB")
                .satisfies(refusal -> assertThat(((BadInputException) refusal).message(setting -> "<" + setting.name() + ">"))
                        .contains("<device_batch_size>", "<max_seq_len>", "<depth>"));
        assertThatCode(() -> need.check(Optional.empty())).doesNotThrowAnyException();
        assertThatCode(() -> need.check(Optional.of(1L << 50))).doesNotThrowAnyException();
    }

    @Test
    void theLimitIsNoMoreThanTheMachine() {
        ProcessMemory.limitBytes().ifPresent(limit -> assertThat(limit).isPositive()
                .isLessThanOrEqualTo(Machine.current().memoryBytes()));
    }
}
