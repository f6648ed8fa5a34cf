package nanochat.io;

import java.nio.file.Path;

/// The one folder that holds everything a run makes: tokenizers, checkpoints, reports, downloaded data.
///
/// @param root its path, absolute
public record BaseDirectory(Path root) {
    /// The environment variable that moves it.
    public static final String VARIABLE = "NANOCHAT_BASE_DIR";

    public BaseDirectory {
        root = root.toAbsolutePath().normalize();
    }

    /// `$NANOCHAT_BASE_DIR`, or `~/.cache/nanochat4j` where that is not set or empty. Nothing is created.
    ///
    /// @throws BadInputException when it is not set and the user has no home directory, as in some containers
    public static BaseDirectory fromEnvironment() {
        return of(System.getenv().getOrDefault(VARIABLE, ""), System.getProperty("user.home", ""));
    }

    static BaseDirectory of(String moved, String home) {
        if (!moved.isBlank()) {
            return new BaseDirectory(Path.of(moved));
        }
        if (home.isBlank() || home.equals("?")) { // what Java says where the system knows of none
            throw new BadInputException("You have no home directory here: say with " + VARIABLE + " where everything shall be kept");
        }
        return new BaseDirectory(Path.of(home, ".cache", "nanochat4j"));
    }

    /// The tokenizer's folder.
    public Path tokenizer() {
        return root.resolve("tokenizer");
    }

    /// Documents to pretrain on, one folder a dataset.
    public Path baseData() {
        return root.resolve("base_data");
    }

    /// Questions and conversations of the public tasks.
    public Path taskData() {
        return root.resolve("task_data");
    }

    /// The files of the CORE evaluation.
    public Path evalBundle() {
        return root.resolve("eval_bundle");
    }

    /// Pretrained models, one folder each.
    public Path baseCheckpoints() {
        return root.resolve("base_checkpoints");
    }

    /// Models after fine-tuning.
    public Path sftCheckpoints() {
        return root.resolve("chatsft_checkpoints");
    }

    /// Models after reinforcement learning.
    public Path rlCheckpoints() {
        return root.resolve("chatrl_checkpoints");
    }

    /// Models after learning from preferences.
    public Path dpoCheckpoints() {
        return root.resolve("chatdpo_checkpoints");
    }

    /// What was trained beside models that stay as they are.
    public Path adapterCheckpoints() {
        return root.resolve("adapter_checkpoints");
    }

    /// What `nanochat bench machine` last measured, see [MachineLimits].
    public Path machineLimits() {
        return root.resolve("machine.json");
    }

    /// The report card's sections.
    public Path report() {
        return root.resolve("report");
    }

    /// Comparisons of objectives, one folder each.
    public Path comparisons() {
        return root.resolve("comparisons");
    }
}
