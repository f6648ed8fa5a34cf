package nanochat.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

/// Oracle: docs/formulas.md#scaling-laws, worked outside this code from the sizes of the matrices. With 32768 tokens, N of depth 12 is 12 blocks of
/// 12 * 768^2, 6 gates of 6 x 12 and an unembedding of 32768 x 768.
class ScalingLawsTest {
    private static final Offset<Double> EXACTLY = within(1e-9);

    private static ScalingLaws depth(int depth) {
        return ScalingLaws.of(model(depth), model(ScalingLaws.REFERENCE_DEPTH), ScalingLaws.DEFAULT_TOKENS_PER_PARAMETER);
    }

    private static GptConfig model(int depth) {
        return GptConfig.ofDepth(depth, 64, 128, 2048, 32768, "SSSL");
    }

    @Test
    void theParametersThatCountAreMatricesAndUnembedding() {
        assertThat(depth(12).parameters()).isEqualTo(12L * 12 * 768 * 768 + 6 * 6 * 12 + 32768L * 768).isEqualTo(110_100_912);
        assertThat(depth(24).parameters()).isEqualTo(729_810_624);
    }

    @Test
    void theReferenceModelIsTrainedAsItWasTuned() {
        ScalingLaws laws = depth(12);
        assertThat(laws.targetTokens()).isEqualTo(1_321_210_944);
        assertThat(laws.bestBatch()).isEqualTo(524_288);
        assertThat(laws.iterations(524_288)).isEqualTo(2520);
        assertThat(laws.carryOver(OptimizerSettings.DEFAULT, 524_288)).isEqualTo(OptimizerSettings.DEFAULT);
    }

    @Test
    void aDeeperModelTakesLargerBatchesHigherRatesAndLessDecay() {
        ScalingLaws laws = depth(24);
        assertThat(laws.targetTokens()).isEqualTo(8_757_727_488L);
        // 524288 * 6.6286^0.383 = 1081866, nearest to 2^20
        assertThat(laws.bestBatch()).isEqualTo(1 << 20);
        assertThat(laws.iterations(1 << 20)).isEqualTo(8352);
        OptimizerSettings settings = laws.carryOver(OptimizerSettings.DEFAULT, 1 << 20);
        assertThat(settings.matrixLr()).isEqualTo(0.02 * Math.sqrt(2), EXACTLY);
        assertThat(settings.embeddingLr()).isEqualTo(0.3 * Math.sqrt(2), EXACTLY);
        assertThat(settings.unembeddingLr()).isEqualTo(0.008 * Math.sqrt(2), EXACTLY);
        assertThat(settings.scalarLr()).isEqualTo(0.5 * Math.sqrt(2), EXACTLY);
        assertThat(settings.weightDecay()).isEqualTo(0.05973842446340308, EXACTLY);
    }

    @Test
    void aShallowModelTakesSmallerBatchesLowerRatesAndMoreDecay() {
        ScalingLaws laws = depth(4);
        assertThat(laws.bestBatch()).isEqualTo(1 << 18);
        OptimizerSettings settings = laws.carryOver(OptimizerSettings.DEFAULT, 1 << 18);
        assertThat(settings.matrixLr()).isEqualTo(0.02 * Math.sqrt(0.5), EXACTLY);
        assertThat(settings.weightDecay()).isEqualTo(1.8899031293917847, EXACTLY);
    }

    @Test
    void aBatchOfTheUsersOwnScalesTheRatesToo() {
        OptimizerSettings settings = depth(12).carryOver(OptimizerSettings.DEFAULT, 524_288 / 16);
        assertThat(settings.matrixLr()).isEqualTo(0.005, EXACTLY);
        assertThat(settings.weightDecay()).isEqualTo(0.07, EXACTLY);
    }

    @Test
    void tokensFollowTheRatioAndAreRoundedDown() {
        assertThat(new ScalingLaws(1001, 1001, 10.5).targetTokens()).isEqualTo(10_510);
        assertThat(new ScalingLaws(1000, 1000, 20).iterations(3000)).isEqualTo(6);
        assertThat(new ScalingLaws(1000, 1000, 20).iterations(30_000)).isZero();
    }

    @Test
    void floatingPointOperationsBuySteps() {
        assertThat(ScalingLaws.iterationsForFlops(1e18, 1_000_000_000, 524_288)).isEqualTo(1907);
        assertThat(ScalingLaws.iterationsForFlops(2.5e6, 1000, 1000)).isEqualTo(2);
        assertThat(ScalingLaws.iterationsForFlops(2.6e6, 1000, 1000)).isEqualTo(3);
    }

    @Test
    void runsWithoutEndAreRefused() {
        assertThatThrownBy(() -> ScalingLaws.iterationsForFlops(1e30, 1000, 1000)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("target_flops");
        assertThatThrownBy(() -> new ScalingLaws(10, 10, -1)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("target-param-data-ratio");
    }
}
