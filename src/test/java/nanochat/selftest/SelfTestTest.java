package nanochat.selftest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Oracle: the recorded cases, which must pass; and cases spoilt on purpose, which must not.
class SelfTestTest {
    private static final SelfTest F32 = new SelfTest(() -> Backends.open(Device.CPU, 2, DType.F32), DType.F32, 2);
    private static final SelfTest BF16 = new SelfTest(() -> Backends.open(Device.CPU, 1, DType.BF16), DType.BF16, 1);
    private static final SelfTest REFERENCE = new SelfTest(() -> Backends.open(Device.REFERENCE, 1, DType.F32), DType.F32, 1);

    @TempDir
    private Path folder;

    @Test
    void everyShippedCasePassesInBothTypes() {
        List<Check> f32 = F32.runShipped();
        assertThat(f32).filteredOn(check -> !check.ok()).isEmpty();
        assertThat(f32).extracting(Check::name).contains("bpe-small/merge_counts", "gpt-2025-11-tiny/greedy",
                "gpt-2026-07-odd/grad.smear_lambda", "gpt-2026-07-odd/loss.step2", "gpt-2026-07-tiny/after3.worst",
                "gpt-2026-07-tiny/window_sizes", "rl-tiny/rollouts.policy_log_probabilities", "rl-tiny/pairs.rejected.reference",
                "rl-tiny/dapo.loss", "rl-tiny/grpo.gradient_norm", "rl-tiny/ipo.grad.lm_head.weight");
        List<Check> bf16 = BF16.runShipped();
        assertThat(bf16).filteredOn(check -> !check.ok()).isEmpty();
        assertThat(bf16).extracting(Check::name).contains("gpt-2026-07-odd/grad.smear_lambda")
                .doesNotContain("gpt-2026-07-odd/greedy");
    }

    @Test
    void theReferenceBackendPassesToo() throws IOException {
        assertThat(REFERENCE.run(unpack("gpt-2026-07-odd"))).isNotEmpty().allMatch(Check::ok);
    }

    @Test
    void eachSpoiltPieceFailsItsOwnCheck() throws IOException {
        Path spoilt = unpack("gpt-2026-07-odd");
        edit(spoilt, json -> {
            json.put("flops_per_token", json.get("flops_per_token").asLong() + 6);
            ((ArrayNode) json.get("losses")).set(1, 5.0321);
            ((ArrayNode) json.get("window_sizes")).set(0, 47);
            ((ObjectNode) json.get("param_counts")).put("total", 1);
            ((ArrayNode) json.get("greedy").get("generated")).set(23, 0);
        });
        assertThat(F32.run(spoilt)).filteredOn(check -> !check.ok()).extracting(Check::name).containsExactlyInAnyOrder(
                "gpt-2026-07-odd/flops_per_token", "gpt-2026-07-odd/loss.step1", "gpt-2026-07-odd/window_sizes",
                "gpt-2026-07-odd/param_counts", "gpt-2026-07-odd/greedy");
    }

    @Test
    void anotherLearningRateShowsInTheUpdatedParameters() throws IOException {
        Path spoilt = unpack("gpt-2026-07-odd");
        edit(spoilt, json -> ((ObjectNode) json.get("param_groups").get(7)).put("lr", 0.025));
        assertThat(F32.run(spoilt)).filteredOn(check -> !check.ok()).extracting(Check::name)
                .contains("gpt-2026-07-odd/after3.share_beyond_1e-3", "gpt-2026-07-odd/after3.worst").noneMatch(name -> name.contains(
                        "grad"));
    }

    /// Each number of a case of reinforcement is one that some recipe hangs on.
    @Test
    void anotherNumberOfAReinforcementCaseFailsTheRecipesThatUseIt() throws IOException {
        Path spoilt = unpack("rl-tiny");
        spoil(spoilt, "clip", 0.1, "dapo", "dr-grpo", "grpo", "ppo-clip");
        spoil(spoilt, "clip_high", 0.2, "dapo");
        spoil(spoilt, "kl_beta", 0.05, "grpo");
        spoil(spoilt, "standard_deviation_epsilon", 0.01, "dapo", "grpo");
        spoil(spoilt, "dr_grpo_length", 25, "dr-grpo");
        spoil(spoilt, "dpo_beta", 0.11, "dpo", "ipo");
        assertThat(F32.run(spoilt)).as("mended").allMatch(Check::ok);
    }

    private static void spoil(Path reference, String field, double value, String... recipes) {
        double[] right = new double[1];
        edit(reference, json -> {
            right[0] = json.get(field).asDouble();
            put(json, field, value);
        });
        assertThat(F32.run(reference)).filteredOn(check -> !check.ok() && check.name().endsWith("gradient_norm")).extracting(Check::name)
                .containsExactly(Stream.of(recipes).map(recipe -> "rl-tiny/" + recipe + ".gradient_norm").toArray(String[]::new));
        edit(reference, json -> put(json, field, right[0]));
    }

    private static void put(ObjectNode json, String field, double value) {
        if (value == Math.rint(value)) {
            json.put(field, (int) value);
        } else {
            json.put(field, value);
        }
    }

    @Test
    void aReinforcementCaseNeedsOnlyWhatItsRecipesUse() throws IOException {
        Path less = unpack("rl-tiny");
        edit(less, json -> {
            json.remove(List.of("clip_high", "kl_beta", "standard_deviation_epsilon", "dpo_beta"));
            ((ObjectNode) json.get("results")).remove(List.of("grpo", "dapo", "dpo", "ipo"));
        });
        assertThat(F32.run(less)).allMatch(Check::ok).extracting(Check::name).contains("rl-tiny/dr-grpo.loss").doesNotContain(
                "rl-tiny/dapo.loss");
        edit(less, json -> json.remove("clip"));
        assertThatThrownBy(() -> F32.run(less)).isInstanceOf(BadInputException.class).hasMessageContaining("no clip");
        edit(less, json -> json.put("clip", 0.2).put("group_size", 5));
        assertThatThrownBy(() -> F32.run(less)).isInstanceOf(BadInputException.class).hasMessageContaining("groups of 5");
        edit(less, json -> ((ObjectNode) json.put("group_size", 4).get("results")).putObject("rloo").put("loss", 1).put("gradient_norm",
                1));
        assertThatThrownBy(() -> F32.run(less)).isInstanceOf(BadInputException.class).hasMessageContaining("'rloo'");
    }

    @Test
    void piecesThatWereNotRecordedAreNotChecked() throws IOException {
        Path less = unpack("gpt-2026-07-odd");
        edit(less, json -> {
            json.remove(List.of("losses", "param_groups", "greedy", "param_counts", "flops_per_token", "window_sizes"));
            json.put("something_new", 1);
        });
        assertThat(F32.run(less)).allMatch(Check::ok).extracting(Check::name)
                .contains("gpt-2026-07-odd/logits", "gpt-2026-07-odd/grad.lm_head.weight")
                .noneMatch(name -> name.matches(".*/(loss\\.|after|greedy|param_counts|window_sizes|flops).*"));
    }

    @Test
    void aWrongCountOfAMergeFails() throws IOException {
        Path spoilt = unpack("bpe-small");
        edit(spoilt, json -> ((ArrayNode) json.get("merges").get(5)).set(2, 1));
        assertThat(F32.run(spoilt)).filteredOn(check -> !check.ok()).extracting(Check::name).containsExactly("bpe-small/merge_counts");
    }

    @Test
    void casesThatContradictThemselvesAreRefused() throws IOException {
        Path wide = unpack("gpt-2026-07-odd");
        edit(wide, json -> ((ObjectNode) json.get("config")).put("n_embd", 96));
        assertThatThrownBy(() -> F32.run(wide)).isInstanceOf(BadInputException.class).hasMessageContaining("tensors.safetensors");
        edit(wide, json -> ((ObjectNode) json.get("config")).put("n_embd", 48).put("n_layer", 2));
        assertThatThrownBy(() -> F32.run(wide)).isInstanceOf(BadInputException.class).hasMessageContaining("not a parameter of a model");
        edit(wide, json -> json.remove("config"));
        assertThatThrownBy(() -> F32.run(wide)).isInstanceOf(BadInputException.class).hasMessageContaining("is not a case");
        assertThatThrownBy(() -> F32.run(folder.resolve("nowhere"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("nowhere");
    }

    private interface Edit {
        void apply(ObjectNode json);
    }

    private static void edit(Path reference, Edit edit) {
        Path file = reference.resolve("case.json");
        ObjectNode json = Json.read(file, ObjectNode.class);
        edit.apply(json);
        Json.write(file, json);
    }

    private Path unpack(String name) throws IOException {
        Path target = Files.createDirectories(folder.resolve(name));
        for (String file : List.of("case.json", name.startsWith("bpe") ? "corpus.txt" : "tensors.safetensors")) {
            try (InputStream in = Objects
                    .requireNonNull(SelfTest.class.getResourceAsStream("/nanochat/reference/" + name + "/" + file))) {
                Files.copy(in, target.resolve(file));
            }
        }
        return target;
    }
}
