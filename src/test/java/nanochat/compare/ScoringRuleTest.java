package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import nanochat.checkpoint.TrainedModel;
import nanochat.compare.ScoringRule.Candidate;
import nanochat.compare.TextPass.Ask;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.objective.Infilling;
import nanochat.objective.NextToken;
import nanochat.objective.ObjectiveChoice;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import nanochat.tensor.Visibility;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Each rule against another way to the same number, on a model of random weights whose last token is the mask.
class ScoringRuleTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int MASK = BYTES.vocabularySize();
    private static final int[] TEXT = BYTES.encode("A cow says moo.");

    private final Backend backend = Backends.open(Device.CPU, 1, DType.F32);
    private final TrainedModel model = model();
    private final TextPass pass = new TextPass(model, DType.F32, 64);

    private TrainedModel model() {
        GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 16, 16, 64, MASK + 1, "L"), backend, DType.F32, false);
        RandomValues random = new RandomValues(5);
        parameters.all().forEach(parameter -> backend.write(parameter.value(), random.normal(parameter.value().size(), 0.3)));
        parameters.refresh();
        return new TrainedModel(new Gpt(parameters), new ObjectiveChoice.OfDiffusion(), BYTES);
    }

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void leftToRightIsTheLossOfTheNextTokens() {
        Batch batch = new Batch(1, TEXT.length - 1, Arrays.copyOf(TEXT, TEXT.length - 1), Arrays.copyOfRange(TEXT, 1, TEXT.length));
        float[] losses = new NextToken(model.gpt(), new Tape(backend, DType.F32), 1, TEXT.length - 1).losses(batch);
        double expected = -IntStream.range(4, losses.length).mapToDouble(i -> losses[i]).sum();
        // the loss's softmax is over the mask, too: the rule's is not
        double maskless = ScoringRule.LEFT_TO_RIGHT.score(pass, MASK, new Candidate(TEXT, 5, 8));
        double all = 0;
        for (int i = 5; i < TEXT.length; i++) {
            double[] next = distribution(Arrays.copyOf(TEXT, i), _ -> new Visibility.Causal(64), i - 1);
            all += Math.log(next[TEXT[i]]);
        }
        assertThat(maskless).isCloseTo(all, within(1e-3));
        assertThat(maskless).isGreaterThan(expected);
    }

    /// The probabilities of all tokens but the mask at a place of a text.
    private double[] distribution(int[] text, IntFunction<Visibility> sight, int position) {
        List<Ask> asks = IntStream.range(0, MASK).mapToObj(token -> new Ask(0, position, token)).toList();
        return Arrays.stream(pass.logProbabilities(List.of(text), sight, asks)).map(Math::exp).toArray();
    }

    @Test
    void probabilitiesAddUpToOne() {
        assertThat(Arrays.stream(distribution(TEXT, _ -> new Visibility.BothDirections(), 3)).sum()).isCloseTo(1, within(1e-6));
    }

    @Test
    void theTokensAfterAPrefixAreReadOneByOne() {
        double sum = 0;
        for (int i = 5; i < TEXT.length; i++) {
            sum += Math.log(distribution(Arrays.copyOf(TEXT, i), _ -> new Visibility.Prefix(List.of(5)), i - 1)[TEXT[i]]);
        }
        assertThat(ScoringRule.AFTER_PREFIX.score(pass, MASK, new Candidate(TEXT, 5, 8))).isCloseTo(sum, within(1e-3));
        assertThat(ScoringRule.AFTER_PREFIX.score(pass, MASK, new Candidate(TEXT, 5, 8))).isNotCloseTo(ScoringRule.LEFT_TO_RIGHT.score(pass,
                MASK, new Candidate(TEXT, 5, 8)), within(1e-3));
    }

    @Test
    void eachHiddenAloneIsThePseudoLogLikelihood() {
        double expected = new Infilling(model.gpt().parameters(), DType.F32, 64).pseudoLogLikelihood(TEXT, 1, TEXT.length);
        assertThat(ScoringRule.EACH_HIDDEN_ALONE.score(pass, MASK, new Candidate(TEXT, 3, 5))).isCloseTo(expected, within(1e-3));
    }

    /// The bound is the mean, over all orders in which hidden tokens can be shown, of the logarithm of the probability in that order.
    @Test
    void everySetHiddenIsTheMeanOverAllOrders() {
        int from = 4;
        int count = 4;
        List<List<Integer>> orders = orders(IntStream.range(from, from + count).boxed().toList());
        double mean = orders.stream().mapToDouble(order -> {
            int[] text = TEXT.clone();
            order.forEach(i -> text[i] = MASK);
            double sum = 0;
            for (int i : order) {
                sum += Math.log(distribution(text, _ -> new Visibility.BothDirections(), i)[TEXT[i]]);
                text[i] = TEXT[i];
            }
            return sum;
        }).average().orElseThrow();
        assertThat(orders).hasSize(24);
        assertThat(ScoringRule.EVERY_SET_HIDDEN.score(pass, MASK, new Candidate(TEXT, from, from + count))).isCloseTo(mean, within(1e-3));
    }

    private static List<List<Integer>> orders(List<Integer> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        return items.stream().flatMap(first -> orders(items.stream().filter(other -> !other.equals(first)).toList()).stream().map(rest -> {
            List<Integer> order = new ArrayList<>(List.of(first));
            order.addAll(rest);
            return order;
        })).toList();
    }

    @Test
    void manyTextsAreReadAsEachAlone() {
        SplittableRandom random = new SplittableRandom(9);
        List<int[]> texts = IntStream.range(0, 70).mapToObj(_ -> random.ints(40, 0, 256).toArray()).toList();
        List<Ask> asks = IntStream.range(0, 70).mapToObj(i -> new Ask(i, random.nextInt(40), random.nextInt(256))).toList();
        double[] together = pass.logProbabilities(texts, pass.leftToRight(), asks);
        double[][] means = pass.meanHidden(texts, pass.leftToRight());
        for (int i = 0; i < texts.size(); i += 13) {
            Ask ask = asks.get(i);
            assertThat(pass.logProbabilities(List.of(texts.get(i)), pass.leftToRight(), List.of(new Ask(0, ask.position(), ask
                    .token())))[0])
                    .isCloseTo(together[i], within(1e-4));
            assertThat(pass.meanHidden(List.of(texts.get(i)), pass.leftToRight())[0]).usingComparatorWithPrecision(1e-4).containsExactly(
                    means[i]);
        }
    }
}
