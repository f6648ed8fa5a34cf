package nanochat.selftest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tensor.Backend;
import nanochat.tensor.DType;
import tools.jackson.databind.JsonNode;

/// Checks this program on this machine against recordings of the original: a folder with `case.json` and either `tensors.safetensors`
/// (a model: forward pass, losses, every gradient, updates, greedy generation; or, of the kind `reinforcement`, a model with the losses and gradients
/// of rewards and preferences) or `corpus.txt` (a tokenizer).
///
/// @param backends makes the backend for each model
/// @param computeType F32, or BF16 with wider bounds and without the checks that rounding decides
/// @param threads for training tokenizers
public record SelfTest(Supplier<Backend> backends, DType computeType, int threads) {
    private static final String CASE_FILE = "case.json";
    private static final List<String> MODEL_FILES = List.of(CASE_FILE, "tensors.safetensors");
    private static final List<String> TOKENIZER_FILES = List.of(CASE_FILE, "corpus.txt");
    private static final Map<String, List<String>> SHIPPED = Map.of("bpe-small", TOKENIZER_FILES, "gpt-2025-11-tiny", MODEL_FILES,
            "gpt-2026-07-odd", MODEL_FILES, "gpt-2026-07-tiny", MODEL_FILES, "rl-tiny", MODEL_FILES);

    /// The checks of one case.
    ///
    /// @throws BadInputException when the folder is no case, or contradicts itself
    public List<Check> run(Path folder) {
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        return checks(folder).stream().map(check -> check.in(name)).toList();
    }

    private List<Check> checks(Path folder) {
        Path file = folder.resolve(CASE_FILE);
        JsonNode json = Json.read(file, JsonNode.class);
        if (json.path("kind").asString("").equals(ReinforcementCase.KIND)) {
            try (ReinforcementCase reference = new ReinforcementCase(folder, Json.read(file, ReinforcementCase.Fields.class));
                    Backend backend = backends.get()) {
                return new ReinforcementChecks(reference, backend, computeType).run();
            }
        }
        if (json.has("config")) {
            try (GptCase reference = new GptCase(folder, Json.read(file, GptCaseFields.class)); Backend backend = backends.get()) {
                return new GptChecks(reference, backend, computeType).run();
            }
        }
        if (json.has("merges")) {
            return Json.read(file, BpeCase.class).run(folder, threads);
        }
        throw new BadInputException(file + " is not a case: it has neither the 'config' of a model nor the 'merges' of a tokenizer");
    }

    /// The checks of the cases that come with the program.
    public List<Check> runShipped() {
        try {
            Path folder = Files.createTempDirectory("nanochat-selftest");
            try {
                return SHIPPED.keySet().stream().sorted().flatMap(name -> run(unpack(name, folder)).stream()).toList();
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new BadInputException("Cannot unpack the cases that come with the program into the temporary folder "
                    + System.getProperty("java.io.tmpdir") + ": " + e.getMessage(), e);
        }
    }

    private static Path unpack(String name, Path folder) {
        try {
            Path target = Files.createDirectory(folder.resolve(name));
            for (String file : SHIPPED.getOrDefault(name, List.of())) {
                try (InputStream in = SelfTest.class.getResourceAsStream("/nanochat/reference/" + name + "/" + file)) {
                    if (in == null) {
                        throw new IllegalStateException("the jar lacks " + file + " of the case " + name);
                    }
                    Files.copy(in, target.resolve(file));
                }
            }
            return target;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> paths = Files.walk(folder)) {
            for (Path path : paths.toList().reversed()) {
                Files.delete(path);
            }
        }
    }
}
