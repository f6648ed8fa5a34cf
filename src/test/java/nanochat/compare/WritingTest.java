package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.compare.Judge.Continued;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.Pretraining;
import nanochat.train.PretrainingOptions;
import nanochat.train.PretrainingPlan;
import nanochat.train.StopSignal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Figures of written text, by hand; a judge likes text as it has read better than other text.
class WritingTest {
    @Test
    void anAnswerIsAWholeWordAtTheBeginning() {
        assertThat(Writing.isAnswered(" Paris. It", "Paris")).isTrue();
        assertThat(Writing.isAnswered("Paris", "Paris")).isTrue();
        assertThat(Writing.isAnswered(" Parisian", "Paris")).isFalse();
        assertThat(Writing.isAnswered(" in Paris", "Paris")).isFalse();
        assertThat(Writing.isAnswered(" 310", "31")).isFalse();
    }

    @Test
    void repetitionIsCounted() {
        assertThat(Writing.distinct(List.of(new int[]{1, 2, 3, 4}))).isEqualTo(1);
        assertThat(Writing.distinct(List.of(new int[]{1, 1, 1, 1, 1}))).isCloseTo(1.0 / 3, within(1e-12));
        assertThat(Writing.distinct(List.of(new int[]{1, 2, 3}, new int[]{1, 2, 3}, new int[]{4, 5}))).isEqualTo(0.5);
        assertThat(Writing.distinct(List.of(new int[]{1, 2}))).isZero();
    }

    @Test
    void promptsEndBeforeTheAnswer() {
        WritingTask task = WritingTask.of(new BuiltInDocuments(0));
        assertThat(task.facts()).hasSize(100).allSatisfy(prompt -> {
            assertThat(prompt.text()).doesNotEndWith(" ");
            assertThat(prompt.answer()).isNotBlank();
        });
        assertThat(task.documents()).hasSizeGreaterThan(20);
        assertThat(WritingTask.of(new BuiltInDocuments(0))).isEqualTo(task);
    }

    @Test
    void aJudgeFindsTextLikeItsOwnLikelier(@TempDir Path folder) {
        Tokenizer bytes = Tokenizer.ofMerges(List.of());
        PretrainingOptions options = new PretrainingOptions(new PretrainingOptions.ModelDials(1, 32, 32, 32, "L"),
                new PretrainingOptions.Horizon(40, -1, -1), new PretrainingOptions.BatchSizes(4, 128), OptimizerSettings.DEFAULT
                        .withLearningRatesTimes(20), new PretrainingOptions.Warmth(2, 0.5, 0.1), new PretrainingOptions.Cadence(-1, 128, -1,
                                -1), Packing.BESTFIT, DType.F32, 3);
        CheckpointDirectory checkpoints = CheckpointDirectory.of(folder, "judge");
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                Pretraining pretraining = Pretraining.start(new Pretraining.Setup(PretrainingPlan.of(options, bytes.vocabularySize()),
                        new BuiltInDocuments(0), bytes, checkpoints, Map.of(), Optional.empty()), backend, _ -> {}, new StopSignal())) {
            pretraining.run();
        }
        try (Judge judge = new Judge(checkpoints, DType.F32, 1)) {
            double likely = judge.bitsPerByte(List.of(new Continued("The cat", " is in the house.")));
            double unlikely = judge.bitsPerByte(List.of(new Continued("The cat", " QZ%}~Xw{|^&@#KV.")));
            assertThat(likely).isLessThan(unlikely - 2);
            assertThat(judge.bitsPerByte(List.of(new Continued("The cat", " is in the house."), new Continued("The cat",
                    " is in the house.")))).isCloseTo(likely, within(1e-9));
        }
    }
}
