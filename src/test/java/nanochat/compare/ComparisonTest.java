package nanochat.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import nanochat.compare.Findings.Standing;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.train.RunEvent;
import nanochat.train.RunListener;
import nanochat.train.StopSignal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A comparison spends the same on every objective, finds the same whether it was interrupted or not, and asks for nothing twice.
class ComparisonTest {
    private static final double FLOPS = 4e8;
    private static final Conditions CONDITIONS = SmallComparison.conditions(FLOPS, List.of(0.5, 1.0));

    private static final String NAME = "objectives";

    /// Where one comparison of all kinds with two seeds was made.
    @TempDir
    private static Path made;

    @TempDir
    private Path folder;

    @BeforeAll
    static void make() {
        assertThat(comparison(made, CONDITIONS, 2, new StopSignal(), _ -> {}).run()).isTrue();
    }

    private static Comparison comparison(Path where, Conditions conditions, int seeds, StopSignal stop, RunListener listener) {
        return new Comparison(SmallComparison.setup(where.resolve(NAME), SmallComparison.KINDS, conditions, seeds), SmallComparison
                .yardsticks(), stop,
                listener);
    }

    private static Comparison comparison(Path where, Conditions conditions) {
        return comparison(where, conditions, 2, new StopSignal(), _ -> {});
    }

    @Test
    void everyObjectiveCostsTheSameAndIsMeasuredInItsOwnKind() {
        Findings findings = comparison(made, CONDITIONS).findings();
        assertThat(findings.standings()).extracting(Standing::objective).isEqualTo(SmallComparison.KINDS);
        assertThat(findings.standings()).allSatisfy(standing -> {
            assertThat(standing.runs()).hasSize(2).allSatisfy(run -> {
                assertThat(run.outcome().flops()).isBetween(0.9 * FLOPS, 1.1 * FLOPS);
                assertThat(run.outcome().curve()).hasSizeGreaterThan(2);
                assertThat(run.outcome().curve().getLast().value()).isLessThan(run.outcome().curve().getFirst().value());
            });
            assertThat(standing.sweep()).hasSizeGreaterThanOrEqualTo(2).allSatisfy(tried -> assertThat(tried.flops()).isBetween(0.4 * FLOPS,
                    0.6 * FLOPS));
            double lowest = standing.sweep().stream().mapToDouble(Outcome::value).min().orElseThrow();
            double chosen = standing.runs().getFirst().outcome().rate();
            assertThat(standing.sweep()).anySatisfy(tried -> {
                assertThat(tried.rate()).isEqualTo(chosen);
                assertThat(tried.value()).isEqualTo(lowest);
            });
        });
        Standing exact = findings.standings().get(0);
        Standing hidden = findings.standings().get(1);
        Standing bounded = findings.standings().get(2);
        assertThat(exact.bitsPerByte()).hasValueSatisfying(bits -> assertThat(bits.mean()).isBetween(1.0, 8.5));
        assertThat(exact.bitsPerByte().orElseThrow().count()).isEqualTo(2);
        assertThat(exact.bound()).isEmpty();
        assertThat(bounded.bound()).isPresent();
        assertThat(bounded.bitsPerByte()).isEmpty();
        assertThat(hidden.bitsPerByte()).isEmpty();
        assertThat(hidden.bound()).isEmpty();
        assertThat(hidden.loss()).isPresent();
        assertThat(exact.runs().get(0).heldOut()).as("another seed, another model").isNotEqualTo(exact.runs().get(1).heldOut());
    }

    @Test
    void afterGoingOnWithTheNextTokenAllAreMeasuredExactly() {
        assertThat(comparison(made, CONDITIONS).findings().standings()).allSatisfy(standing -> assertThat(standing.continued())
                .hasValueSatisfying(bits -> assertThat(bits.mean()).isBetween(1.0, 8.5)));
    }

    @Test
    void whatWasInterruptedFindsTheSame() {
        int interruptions = 0;
        for (boolean finished = false; !finished; interruptions++) {
            StopSignal stop = new StopSignal();
            AtomicInteger steps = new AtomicInteger();
            finished = comparison(folder, CONDITIONS, 1, stop, event -> {
                if (event instanceof RunEvent.Stepped && steps.incrementAndGet() == 50) {
                    stop.request();
                }
            }).run();
            assertThat(interruptions).isLessThan(100);
        }
        assertThat(interruptions).as("interruptions").isGreaterThan(2);
        assertThat(measured(folder)).isEqualTo(measured(made));
    }

    /// All of the first seed that does not hang on the clock.
    private static List<Object> measured(Path where) {
        return Findings.read(where.resolve(NAME), SmallComparison.KINDS, 1).standings().stream().<Object>flatMap(standing -> Stream.concat(
                standing.runs()
                        .stream().map(run -> List.of(run.heldOut(), run.blanks().stream().map(moment -> List.of(moment.step(), moment
                                .cloze()))
                                .toList(), run.probe(), run.continued(), run.writing().map(writing -> List.of(writing.facts(), writing
                                        .gaps())))),
                Stream.concat(standing.sweep().stream(), standing.runs().stream().map(Findings.Run::outcome)).map(outcome -> List.of(outcome
                        .rate(), outcome.curve().stream().map(point -> List.of(point.step(), point.value())).toList())))).toList();
    }

    @Test
    void whatIsKnownIsNotAskedForAgain() throws Exception {
        byte[] before = Files.readAllBytes(made.resolve(NAME).resolve(Ledger.FILE_NAME));
        AtomicInteger events = new AtomicInteger();
        assertThat(comparison(made, CONDITIONS, 2, new StopSignal(), _ -> events.incrementAndGet()).run()).isTrue();
        assertThat(events).hasValue(0);
        assertThat(Files.readAllBytes(made.resolve(NAME).resolve(Ledger.FILE_NAME))).isEqualTo(before);
    }

    @Test
    void otherConditionsAreAnotherComparison() {
        Conditions others = SmallComparison.conditions(2 * FLOPS, List.of(0.5, 1.0));
        assertThatThrownBy(() -> comparison(made, others)).isInstanceOf(BadInputException.class).hasMessageContaining("other conditions");
    }

    @Test
    void aFolderTellsWhatItHolds() {
        assertThat(Findings.read(made.resolve(NAME)).standings()).extracting(Standing::objective).containsExactlyInAnyOrderElementsOf(
                SmallComparison.KINDS);
        assertThat(Findings.read(made.resolve(NAME)).seeds()).isEqualTo(2);
        assertThat(Findings.latest(made.resolve("nowhere"))).isEmpty();
        assertThat(Findings.latest(made).orElseThrow().standings()).hasSize(3);
        assertThat(Findings.latest(made.resolve(NAME))).as("trainings are no comparisons").isEmpty();
    }

    @Test
    void theSummaryHasTheFieldsThatAreDocumented() {
        JsonNode summary = Json.LINE.readTree(Json.line(comparison(made, CONDITIONS).summary(true)));
        JsonNode first = summary.path("objectives").path(0);
        assertThat(first.path("name").asString()).isEqualTo("next-token");
        assertThat(first.path("seeds").asInt()).isEqualTo(2);
        for (String field : List.of("flops", "seconds", "tokens_per_second", "bits_per_byte", "cloze", "probe",
                "continued_bits_per_byte")) {
            assertThat(first.path(field).isNumber()).as(field).isTrue();
        }
        assertThat(first.path("generation").path("facts").isNumber()).isTrue();
        assertThat(summary.path("objectives").path(2).path("bound").isNumber()).isTrue();
        assertThat(summary.path("objectives").path(2).path("bits_per_byte").isNumber()).isFalse();
    }

    @Test
    void tooFewFlopsAreRefused() {
        Comparison poor = comparison(folder, SmallComparison.conditions(1e6, List.of(1.0)));
        assertThatThrownBy(poor::run).isInstanceOf(BadInputException.class).hasMessageContaining("target_flops");
    }
}
