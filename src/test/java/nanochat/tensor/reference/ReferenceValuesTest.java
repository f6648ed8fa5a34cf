package nanochat.tensor.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import nanochat.tensor.AdamWStep;
import nanochat.tensor.AttentionShape;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.MuonMatrix;
import nanochat.tensor.MuonStep;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tensor;
import nanochat.tensor.Visibility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The results of forward operations and optimizer steps. The oracle is calculation by hand.
class ReferenceValuesTest {
    private static final float TOLERANCE = 2e-6f;

    private final Backend backend = Backends.open(Device.REFERENCE, 1, DType.F32);

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void normMakesTheMeanSquareOne() {
        Tensor out = zeros(2, 2);
        Tensor inverseRms = zeros(2);
        backend.norm(out, inverseRms, tensor(2, 2, 3, 4, 0, 0));
        float inverse = (float) (1 / Math.sqrt(12.5));
        assertClose(out, 3 * inverse, 4 * inverse, 0, 0);
        // A row of zeros is divided by the root of epsilon, 2^-23.
        assertClose(inverseRms, inverse, (float) Math.sqrt(1 << 23));
    }

    @Test
    void smearAddsTheTokenBeforeInTheSameRow() {
        float[] x = new float[4 * 24];
        x[0] = 1;
        x[24] = 2;
        x[48] = 4;
        x[72] = 8;
        float[] gate = new float[24];
        gate[0] = 0.5f;
        Tensor out = zeros(4, 24);
        backend.smear(out, tensor(4, 24, x), tensor(1, 24, gate), tensor(1, 1, 3), 2);
        x[24] = (float) (2 + 3 / (1 + Math.exp(-1)));
        x[72] = (float) (8 + 3 / (1 + Math.exp(-4)) * 4);
        assertClose(out, x);
    }

    @Test
    void mixAndSubtractScaleTheStreams() {
        Tensor out = zeros(1, 2);
        Tensor x = tensor(1, 2, 3, 5);
        Tensor other = tensor(1, 2, 7, 11);
        backend.mix(out, x, other, tensor(1, 2, 100, 2), tensor(1, 2, 100, -1), 1);
        assertClose(out, -1, -1);
        backend.subtractScaled(out, x, other, tensor(1, 1, 0.5f));
        assertClose(out, -0.5f, -0.5f);
    }

    @Test
    void linearMultipliesByTheTransposedWeight() {
        Tensor y = tensor(1, 3, 100, 100, 100);
        backend.linear(y, tensor(1, 2, 1, 2), tensor(3, 2, 1, 0, 0, 1, 3, 4), true);
        assertClose(y, 101, 102, 111);
    }

    @Test
    void reluSquaredIsZeroBelowZero() {
        Tensor out = zeros(1, 3);
        backend.reluSquared(out, tensor(1, 3, -2, 0, 3));
        assertClose(out, 0, 0, 9);
    }

    @Test
    void resultsAreRoundedToBfloat16WhereTheTensorIs() {
        Tensor out = backend.allocate(DType.BF16, 1, 2);
        backend.reluSquared(out, tensor(1, 2, 1.0625f, 3));
        // 1.0625 squared is 1.12890625, between the bfloat16 1.125 and 1.1328125.
        assertClose(out, 1.125f, 9);
    }

    @Test
    void valueEmbeddingsAreWeightedByOneGateForEachHead() {
        float[] gate = new float[24];
        gate[0] = 1;
        gate[12 + 11] = -1;
        float[] x = new float[12];
        x[0] = 2;
        x[11] = 3;
        Tensor values = tensor(1, 4, 1, 1, 1, 1);
        Tensor gateValues = zeros(1, 2);
        backend.valueEmbedding(values, gateValues, tensor(1, 12, x), tensor(2, 12, gate), tensor(2, 4, 0, 0, 0, 0, 1, 2, 3, 4), ids(1));
        float first = (float) (3 / (1 + Math.exp(-2)));
        float second = (float) (3 / (1 + Math.exp(3)));
        assertClose(gateValues, first, second);
        assertClose(values, 1 + first, 1 + 2 * first, 1 + 3 * second, 1 + 4 * second);
    }

    @Test
    void rotaryTurnsTheHalvesOfAHeadAndThenNorms() {
        Tensor x = tensor(2, 4, 1, 0, 0, 1, 1, 0, 0, 1);
        Tensor inverseRms = zeros(2, 1);
        // Position 0 is not turned; at position 1 the pairs (1, 0) and (0, 1) are turned by 90 and by 180 degrees.
        backend.rotaryNorm(x, inverseRms, tensor(2, 2, 1, 1, 0, -1), tensor(2, 2, 0, 0, 1, 0), 2, 4, 2);
        float size = (float) (2 * Math.sqrt(2));
        assertClose(x, size, 0, 0, size, 0, 0, -size, -size);
        assertClose(inverseRms, (float) Math.sqrt(2), (float) Math.sqrt(2));
    }

    @Test
    void attentionWeightsValuesBySoftmaxWithinTheWindow() {
        AttentionShape shape = new AttentionShape(1, 3, 2, 1, 1, new Visibility.Causal(1));
        Tensor out = zeros(3, 2);
        Tensor logSumExp = zeros(1, 2, 3);
        // The first head asks nothing and averages; the second weights by exp(key).
        backend.attention(out, logSumExp, tensor(3, 2, 0, 1, 0, 1, 0, 1), tensor(3, 1, 1, 2, 4), tensor(3, 1, 10, 20, 40), shape);
        double second = Math.exp(1) + Math.exp(2);
        double third = Math.exp(2) + Math.exp(4);
        assertClose(logSumExp, 0, log(2), log(2), 1, log(second), log(third));
        assertClose(out, 10, 10, 15, (float) ((10 * Math.exp(1) + 20 * Math.exp(2)) / second), 30,
                (float) ((20 * Math.exp(2) + 40 * Math.exp(4)) / third));
    }

    @Test
    void everyQuerySeesTheKeysOfItsRange() {
        // Queries of zero average what they see, here powers of two: the average tells which keys those were.
        assertThat(averages(2, 3, 3, new Visibility.BothDirections())).containsExactly(7f / 3, 7f / 3, 7f / 3, 56f / 3, 56f / 3, 56f / 3);
        assertThat(averages(2, 3, 3, new Visibility.Prefix(List.of(2, 0)))).containsExactly(3f / 2, 3f / 2, 7f / 3, 8f, 24f / 2, 56f / 3);
        assertThat(averages(1, 3, 5, new Visibility.AfterMemory(2, true, 100))).containsExactly(7f / 3, 15f / 4, 31f / 5);
        assertThat(averages(2, 1, 3, new Visibility.AfterMemory(2, false, 1))).containsExactly(6f / 2, 48f / 2);
    }

    private float[] averages(int batch, int queries, int keys, Visibility visibility) {
        float[] powers = new float[batch * keys];
        for (int i = 0; i < powers.length; i++) {
            powers[i] = 1 << i;
        }
        Tensor out = zeros(batch * queries, 1);
        backend.attention(out, zeros(batch, 1, queries), zeros(batch * queries, 1), zeros(batch * keys, 1), tensor(batch * keys, 1, powers),
                new AttentionShape(batch, queries, 1, 1, 1, visibility));
        return backend.read(out);
    }

    @Test
    void prefixesMustFitTheBatch() {
        assertThatIllegalArgumentException().isThrownBy(() -> new AttentionShape(2, 3, 1, 1, 1, new Visibility.Prefix(List.of(2))))
                .withMessageContaining("prefixes [2] for a batch of 2 rows of 3 queries");
        assertThatIllegalArgumentException().isThrownBy(() -> new AttentionShape(1, 3, 1, 1, 1, new Visibility.Prefix(List.of(4))));
    }

    @Test
    void crossEntropyCapsLogitsAndLeavesOutPaddingAndIgnoredTargets() {
        Tensor x = tensor(3, 1, 0, 30, 30);
        // The third row of the weight is padding, large enough to be seen if it counted.
        Tensor w = tensor(3, 1, 0, 1, 50);
        Tensor losses = zeros(3);
        backend.crossEntropy(losses, x, w, ids(1, 0, -1), 2);
        double capped = 15 * Math.tanh(2);
        assertClose(losses, log(2), log(1 + Math.exp(capped)), 0);
        Tensor logits = zeros(3, 2);
        backend.logits(logits, x, w);
        assertClose(logits, 0, 0, 0, (float) capped, 0, (float) capped);
    }

    @Test
    void aTargetOutsideTheVocabularyIsAnError() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> backend.crossEntropy(zeros(1), tensor(1, 1, 1), tensor(3, 1, 1, 1, 1), ids(2), 2))
                .withMessage("element 0 of i32[1] is 2, must be from -1 to 1");
    }

    @Test
    void theFirstStepOfAdamWMovesByTheLearningRateAgainstTheSign() {
        Tensor parameter = tensor(1, 2, 1, -1);
        Tensor firstMoment = zeros(1, 2);
        Tensor secondMoment = zeros(1, 2);
        backend.adamW(parameter, tensor(1, 2, 4, 1e-3f), firstMoment, secondMoment, new AdamWStep(0.1f, 0.75f, 0.875f, 1e-10f, 0.5f, 1));
        assertClose(parameter, 0.95f - 0.1f, -0.95f - 0.1f);
        assertClose(firstMoment, 1, 0.25e-3f);
        assertClose(secondMoment, 2, 0.125e-6f);
    }

    @Test
    void adamWDividesTheMomentsByWhatTheyLackAtFirst() {
        Tensor parameter = tensor(1, 1, 0);
        backend.adamW(parameter, tensor(1, 1, 0), tensor(1, 1, 0.5f), tensor(1, 1, 4), new AdamWStep(1, 0.5f, 0.75f, 0, 0, 2));
        // m = 0.25, debiased by 1 - 0.5^2; v = 3, debiased by 1 - 0.75^2.
        assertClose(parameter, (float) (-0.25 / 0.75 / Math.sqrt(3 / 0.4375)));
    }

    /// The row norms are equal already, the singular values stay equal, the norm of the orthogonalised matrix is set to sqrt(3), and equal
    /// variances change nothing, so the update is the identity.
    @Test
    void muonTurnsAMultipleOfTheIdentityIntoTheIdentity() {
        Tensor parameter = tensor(3, 3, 1, 1, 1, 1, -1, 1, 1, 1, 1);
        Tensor momentum = zeros(3, 3);
        Tensor secondMoment = zeros(3);
        Tensor gradient = tensor(3, 3, 5, 0, 0, 0, 5, 0, 0, 0, 5);
        backend.muon(List.of(new MuonMatrix(parameter, gradient, momentum, secondMoment)), new MuonStep(0.5f, 0.75f, 0.875f, 0.25f));
        assertClose(momentum, 1.25f, 0, 0, 0, 1.25f, 0, 0, 0, 1.25f);
        // Each row of the identity has the mean square 1/3, of which an eighth is taken.
        assertClose(secondMoment, 1 / 24f, 1 / 24f, 1 / 24f);
        // An update of 1 on the diagonal, and decay by an eighth wherever update and parameter agree in sign; 0 agrees with both.
        assertClose(parameter, 1 - 0.625f, 0.875f, 0.875f, 0.875f, -1 - 0.5f, 0.875f, 0.875f, 0.875f, 1 - 0.625f);
    }

    /// A column has one singular value, its norm, and its rows are single numbers, so row equilibration leaves their signs. The learning
    /// rate is that of a matrix four times as tall as wide: twice.
    @Test
    void muonScalesTheLearningRateOfTallMatrices() {
        Tensor parameter = zeros(4, 1);
        MuonMatrix matrix = new MuonMatrix(parameter, tensor(4, 1, 3, -1, 2, 0.5f), zeros(4, 1), zeros(4));
        backend.muon(List.of(matrix), new MuonStep(0.5f, 0, 0.9f, 0));
        assertClose(parameter, -0.5f, 0.5f, -0.5f, -0.5f);
    }

    /// The variance of the rows was 1, 1, 1 and 100 so far: the last row moves a tenth as much, and the norm of all stays sqrt(4).
    @Test
    void muonMovesRowsOfLargeVarianceLess() {
        Tensor parameter = zeros(4, 4);
        float[] identity = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1};
        MuonMatrix matrix = new MuonMatrix(parameter, tensor(4, 4, identity), zeros(4, 4), tensor(1, 4, 1, 1, 1, 100));
        backend.muon(List.of(matrix), new MuonStep(1, 0, 1, 0));
        float most = (float) (2 / Math.sqrt(3.01));
        assertClose(parameter, -most, 0, 0, 0, 0, -most, 0, 0, 0, 0, -most, 0, 0, 0, 0, -most / 10);
    }

    /// The update of a random matrix has nearly orthogonal rows of nearly equal norm: five steps of Polar Express leave the singular values
    /// within a few percent of 1. Variance reduction is without effect, its state being constant.
    @Test
    void muonOrthogonalisesARandomMatrix() {
        int rows = 6;
        int columns = 20;
        Tensor parameter = zeros(rows, columns);
        float[] constant = new float[columns];
        Arrays.fill(constant, 1);
        MuonMatrix matrix = new MuonMatrix(parameter, tensor(rows, columns, new RandomValues(1).normal((long) rows * columns, 1)),
                zeros(rows, columns), tensor(1, columns, constant));
        backend.muon(List.of(matrix), new MuonStep(1, 0, 1, 0));
        float[] update = backend.read(parameter);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                double product = 0;
                for (int c = 0; c < columns; c++) {
                    product += (double) update[i * columns + c] * update[j * columns + c];
                }
                assertThat(product).isCloseTo(i == j ? 1 : 0, within(0.15));
            }
        }
    }

    private Tensor zeros(int... shape) {
        return backend.allocate(DType.F32, shape);
    }

    private Tensor tensor(int rows, int columns, float... values) {
        Tensor tensor = zeros(rows, columns);
        backend.write(tensor, values);
        return tensor;
    }

    private Tensor ids(int... values) {
        Tensor tensor = backend.allocate(DType.I32, values.length);
        backend.write(tensor, values);
        return tensor;
    }

    private static float log(double value) {
        return (float) Math.log(value);
    }

    private void assertClose(Tensor tensor, float... expected) {
        float[] actual = backend.read(tensor);
        assertThat(actual).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            float tolerance = TOLERANCE * Math.max(1, Math.abs(expected[i]));
            assertThat(actual[i]).as("element %d of %s", i, tensor).isCloseTo(expected[i], within(tolerance));
        }
    }
}
