package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.data.DocumentPosition;
import nanochat.data.LoaderState;
import nanochat.data.Packing;
import nanochat.data.Share;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.eval.SamplePrompt.Completion;
import nanochat.optim.OptimizerSettings;
import nanochat.tensor.DType;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The plan and the count by hand. The run itself is one of CI's steps: it takes longer than a test may.
class SpeedrunTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());

    @TempDir
    Path models;

    private Speedrun speedrun(int depth, int iterations) {
        return new Speedrun(CheckpointDirectory.of(models, "speedrun"), depth, iterations, CorpusLanguage.EN, DType.F32, Map.of());
    }

    @Test
    void everyLearningRateIsAQuarterWhateverTheScalingLawsSayOfSmallBatches() {
        PretrainingPlan plan = speedrun(4, 500).plan(BYTES);
        assertThat(plan.totalBatch()).isEqualTo(4096);
        assertThat(plan.settings().matrixLr()).isCloseTo(OptimizerSettings.DEFAULT.matrixLr() / 4, within(1e-12));
        assertThat(plan.settings().embeddingLr()).isCloseTo(OptimizerSettings.DEFAULT.embeddingLr() / 4, within(1e-12));
        assertThat(plan.iterations()).isEqualTo(500);
    }

    @Test
    void thePromptsThatAreRightAreCounted() {
        List<Completion> completions = List.of(new Completion("a", "b", true), new Completion("c", "d", false),
                new Completion("e", "f", true));
        RunState<LoaderState> state = new RunState<>(1,
                new LoaderState("", Packing.STREAM, Share.WHOLE, 1, new DocumentPosition(0, 0, 0), List.of(), List.of(), 0, 0),
                MovingAverage.EMPTY, 0, Optional.empty(), Optional.empty(), Optional.empty());
        assertThat(new Speedrun.Outcome(state, true, List.of(), completions).right()).isEqualTo(2);
    }
}
