package nanochat.objective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import nanochat.data.Batch;
import nanochat.model.Gpt;
import nanochat.model.GptConfig;
import nanochat.model.GptParameters;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tensor.Parameter;
import nanochat.tensor.RandomValues;
import nanochat.tensor.Tape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The bound of absorbing-state diffusion where everything can be counted: texts of three tokens of a vocabulary of three, after a first token that
/// is always there. Filling one token at a time, in any order, the model gives each of the 27 texts a probability: the mean over the six orders.
class DiffusionBoundTest {
    private static final int VOCABULARY = 3;
    private static final int MASK = VOCABULARY;
    private static final int FIRST = 1;
    private static final int L = 3;
    private static final List<int[]> ORDERS = List.of(new int[]{1, 2, 3}, new int[]{1, 3, 2}, new int[]{2, 1, 3}, new int[]{2, 3, 1},
            new int[]{3, 1, 2}, new int[]{3, 2, 1});

    private final Backend backend = Backends.open(Device.CPU, 1, DType.F32);
    private final GptParameters parameters = new GptParameters(GptConfig.ofDepth(2, 32, 32, L + 1, VOCABULARY + 1, "L"), backend, DType.F32,
            true);
    private final Infilling infilling = new Infilling(parameters, DType.F32, L + 1);
    private final Map<List<Integer>, double[][]> known = new HashMap<>();

    /// @param blind whether no position learns anything of the others
    private void draw(boolean blind) {
        RandomValues random = new RandomValues(6);
        for (Parameter parameter : parameters.all()) {
            boolean closed = blind && (parameter.name().contains("c_proj") || parameter.name().equals("smear_lambda"));
            backend.write(parameter.value(), random.normal(parameter.value().size(), closed ? 0 : 0.4));
        }
        parameters.refresh();
        known.clear();
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private static List<int[]> texts() {
        return IntStream.range(0, VOCABULARY * VOCABULARY * VOCABULARY).mapToObj(i -> new int[]{FIRST, i / 9, i / 3 % 3, i % 3}).toList();
    }

    /// -ln p(text at `position` | what is not hidden of the text).
    private double surprise(int[] text, boolean[] hidden, int position) {
        int[] question = IntStream.range(0, text.length).map(i -> hidden[i] ? MASK : text[i]).toArray();
        List<Integer> key = IntStream.of(question).boxed().toList();
        return -known.computeIfAbsent(key, _ -> infilling.logProbabilities(question, 0, question.length))[position][text[position]];
    }

    private double surpriseInOrder(int[] text, int... order) {
        boolean[] hidden = {false, true, true, true};
        double sum = 0;
        for (int position : order) {
            sum += surprise(text, hidden, position);
            hidden[position] = false;
        }
        return sum;
    }

    /// -ln of the probability that filling one token after the other, in any order, makes this text.
    private double exact(int... text) {
        return -Math.log(ORDERS.stream().mapToDouble(order -> Math.exp(-surpriseInOrder(text, order))).average().orElseThrow());
    }

    /// The sum over l of 1/L * L/l * mean over the sets of l hidden tokens of the sum of their surprises.
    private double bound(int... text) {
        double bound = 0;
        for (int l = 1; l <= L; l++) {
            List<Double> sums = new ArrayList<>();
            for (int set = 1; set < 1 << L; set++) {
                if (Integer.bitCount(set) == l) {
                    boolean[] hidden = {false, (set & 1) != 0, (set & 2) != 0, (set & 4) != 0};
                    sums.add(IntStream.rangeClosed(1, L).filter(i -> hidden[i]).mapToDouble(i -> surprise(text, hidden, i)).sum());
                }
            }
            bound += sums.stream().mapToDouble(sum -> sum).average().orElseThrow() / l;
        }
        return bound;
    }

    @Test
    void theBoundIsNeverBelowTheSurpriseOfTheTextAndIsTheMeanOverOrders() {
        draw(false);
        double all = 0;
        double largestGap = 0;
        for (int[] text : texts()) {
            double exact = exact(text);
            all += Math.exp(-exact);
            assertThat(bound(text)).isGreaterThanOrEqualTo(exact - 1e-9).isCloseTo(ORDERS.stream().mapToDouble(order -> surpriseInOrder(
                    text,
                    order)).average().orElseThrow(), within(1e-9));
            largestGap = Math.max(largestGap, bound(text) - exact);
        }
        assertThat(all).as("probabilities of all texts").isCloseTo(1, within(1e-6));
        assertThat(largestGap).as("the model does look around").isGreaterThan(0.01);
    }

    @Test
    void theBoundIsExactWhereNoTokenTellsOfAnother() {
        draw(true);
        for (int[] text : texts()) {
            assertThat(bound(text)).isCloseTo(exact(text), within(1e-6));
        }
    }

    @Test
    void theMeanOfTheTrainingLossIsTheBound() {
        draw(false);
        int[] text = {FIRST, 0, 2, 0};
        Batch batch = new Batch(1, L + 1, text, new int[]{0, 2, 0, Batch.IGNORED});
        Objective objective = new ObjectiveChoice.OfDiffusion().of(new Gpt(parameters), new Tape(backend, DType.F32), 1, L + 1, 5);
        int draws = 4000;
        double sum = 0;
        double squares = 0;
        for (int step = 0; step < draws; step++) {
            objective.beginStep(step);
            objective.addGradients(batch, 1);
            double loss = L * objective.takeLoss();
            sum += loss;
            squares += loss * loss;
        }
        double mean = sum / draws;
        double standardError = Math.sqrt((squares / draws - mean * mean) / draws);
        assertThat(mean).isCloseTo(bound(text), within(4 * standardError));
        assertThat(standardError).as("so the test can fail").isLessThan(0.02 * mean);
    }

    @Test
    void fillingOneAtATimeInAnyOrderDrawsTextsByTheirProbability() {
        draw(false);
        Map<List<Integer>, Integer> times = new HashMap<>();
        int draws = 5000;
        for (int draw = 0; draw < draws; draw++) {
            int[] filled = infilling.fill(new int[]{FIRST, MASK, MASK, MASK}, new Infilling.Manner(L, Infilling.Order.RANDOM, 1, draw));
            times.merge(IntStream.of(filled).boxed().toList(), 1, Integer::sum);
        }
        for (int[] text : texts()) {
            double expected = Math.exp(-exact(text));
            double share = times.getOrDefault(IntStream.of(text).boxed().toList(), 0) / (double) draws;
            assertThat(share).isCloseTo(expected, within(4.5 * Math.sqrt(expected * (1 - expected) / draws) + 1e-4));
        }
    }

    @Test
    void theSurestBlankIsFilledFirstAndTheOthersAreSeenAnew() {
        draw(false);
        int[] filled = infilling.fill(new int[]{FIRST, MASK, 2, MASK}, new Infilling.Manner(2, Infilling.Order.SUREST, 0, 0));
        boolean[] both = {false, true, false, true};
        int first = 0;
        int[] best = {FIRST, 0, 2, 0};
        double least = Double.POSITIVE_INFINITY;
        for (int position : new int[]{1, 3}) {
            for (int token = 0; token < VOCABULARY; token++) {
                int[] text = {FIRST, 0, 2, 0};
                text[position] = token;
                double surprise = surprise(text, both, position);
                if (surprise < least) {
                    least = surprise;
                    best = text;
                    first = position;
                }
            }
        }
        int second = 4 - first;
        int[] expected = best.clone();
        boolean[] one = {false, first == 3, false, first == 1};
        double leastThen = Double.POSITIVE_INFINITY;
        for (int token = 0; token < VOCABULARY; token++) {
            int[] text = best.clone();
            text[second] = token;
            if (surprise(text, one, second) < leastThen) {
                leastThen = surprise(text, one, second);
                expected = text;
            }
        }
        assertThat(filled).isEqualTo(expected);
    }

    @Test
    void pseudoLogLikelihoodHidesEachTokenAlone() {
        draw(false);
        int[] text = {FIRST, 2, 0, 1};
        double expected = -IntStream.range(2, 4).mapToDouble(i -> surprise(text, new boolean[]{false, false, i == 2, i == 3}, i)).sum();
        assertThat(infilling.pseudoLogLikelihood(text, 2, 4)).isCloseTo(expected, within(1e-6));
    }
}
