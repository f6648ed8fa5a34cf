package nanochat.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// A folder of tasks in the format of DCLM (Li et al. 2024), as the original's `eval_bundle`:
///
///     core.yaml              icl_tasks: label, icl_task_type, dataset_uri, num_fewshot, continuation_delimiter
///     eval_meta_data.csv     "Eval Task", "Random baseline" in percent
///     eval_data/*.jsonl      the examples
public final class CoreBundle {
    private static final String TASKS_FILE = "core.yaml";
    private static final String BASELINES_FILE = "eval_meta_data.csv";
    private static final String DATA = "eval_data";
    private static final String USUAL_DELIMITER = " ";

    private final Path folder;
    private final List<CoreTask> tasks = new ArrayList<>();

    private CoreBundle(Path folder) {
        this.folder = folder;
        Path file = folder.resolve(TASKS_FILE);
        JsonNode entries = readYaml(file).path("icl_tasks");
        Map<String, Double> baselines = baselines();
        Set<String> labels = new HashSet<>();
        for (JsonNode entry : entries) {
            CoreTask task = task(entry, file + ", task " + (tasks.size() + 1), baselines);
            if (!labels.add(task.label())) {
                throw new BadInputException(file + " has two tasks " + task.label());
            }
            tasks.add(task);
        }
        if (tasks.isEmpty()) {
            throw new BadInputException(file + " has no list icl_tasks with a task in it");
        }
    }

    /// Reads which tasks there are; the examples only when they are asked for.
    ///
    /// @throws BadInputException when the folder does not hold a bundle; the message names the file and the place
    public static CoreBundle open(Path folder) {
        return new CoreBundle(folder);
    }

    /// Whether there is one.
    public static boolean isIn(Path folder) {
        return Files.exists(folder.resolve(TASKS_FILE));
    }

    /// In the order of the file.
    public List<CoreTask> tasks() {
        return List.copyOf(tasks);
    }

    private static JsonNode readYaml(Path file) {
        try {
            return new YAMLMapper().readTree(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file + ". Fetch the tasks of the CORE evaluation with"
                    + " 'nanochat data download --dataset core'.", e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        } catch (JacksonException e) {
            // The parser's message is of many lines, and says where it stopped.
            throw new BadInputException(file + " is not valid YAML: " + Json.problem(e), e);
        }
    }

    /// By label, in shares; of a task without one there is none.
    private Map<String, Double> baselines() {
        Path file = folder.resolve(BASELINES_FILE);
        CsvTable table = CsvTable.read(file);
        int label = table.column("Eval Task");
        int baseline = table.column("Random baseline");
        Map<String, Double> baselines = new HashMap<>();
        for (CsvTable.Row row : table.rows()) {
            String percent = row.fields().get(baseline).strip();
            if (!percent.isEmpty()) {
                baselines.put(row.fields().get(label), share(percent, file, row.line()));
            }
        }
        return baselines;
    }

    private static double share(String percent, Path file, int line) {
        try {
            double share = Double.parseDouble(percent) / 100;
            if (share >= 0 && share < 1) {
                return share;
            }
        } catch (NumberFormatException notANumber) {
            // said below
        }
        throw new BadInputException(file + " line " + line + ": \"Random baseline\" must be a percentage below 100, is " + percent);
    }

    private CoreTask task(JsonNode entry, String place, Map<String, Double> baselines) {
        String label = text(entry, "label", place);
        String named = place + " (" + label + ")";
        JsonNode shots = entry.path("num_fewshot").path(0);
        if (!shots.isInt() || shots.asInt() < 0) {
            throw new BadInputException(named + ": num_fewshot must be a list with a number, as [10]");
        }
        if (!baselines.containsKey(label)) {
            throw new BadInputException(folder.resolve(BASELINES_FILE) + " has no \"Random baseline\" for the \"Eval Task\" " + label);
        }
        String delimiter = entry.has("continuation_delimiter") ? text(entry, "continuation_delimiter", named) : USUAL_DELIMITER;
        return new CoreTask(label, type(text(entry, "icl_task_type", named), named), folder.resolve(DATA).resolve(text(entry, "dataset_uri",
                named)),
                shots.asInt(), delimiter, baselines.get(label));
    }

    private static String text(JsonNode entry, String field, String place) {
        JsonNode value = entry.path(field);
        if (!value.isString()) {
            throw new BadInputException(place + ": " + field + (value.isMissingNode() ? " is missing" : " must be text"));
        }
        return value.asString();
    }

    private static CoreExample.Type type(String name, String place) {
        for (CoreExample.Type type : CoreExample.Type.values()) {
            if (nameOf(type).equals(name)) {
                return type;
            }
        }
        throw new BadInputException(place + ": there is no icl_task_type " + name + ", only "
                + Arrays.stream(CoreExample.Type.values()).map(CoreBundle::nameOf).collect(Collectors.joining(", ")));
    }

    private static String nameOf(CoreExample.Type type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
