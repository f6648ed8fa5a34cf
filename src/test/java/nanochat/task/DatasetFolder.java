package nanochat.task;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import nanochat.io.BaseDirectory;

/// A base directory with small hand-made data sets in the schemas of the real ones, as a download would leave them.
public record DatasetFolder(Path root) {
    /// Puts a file of `src/test/resources/tasks` to `task_data/<place>`.
    public Path put(String resource, String place) throws IOException {
        URL url = Objects.requireNonNull(DatasetFolder.class.getResource("/tasks/" + resource), resource);
        Path target = place(place);
        try (var in = url.openStream()) {
            Files.copy(in, target);
        }
        return target;
    }

    /// A path under `task_data/` whose folder is there.
    public Path place(String place) throws IOException {
        Path target = root.resolve("task_data").resolve(place);
        Files.createDirectories(target.getParent());
        return target;
    }

    /// Everything that training and evaluation need; the same few rows stand in for training, validation and test.
    public DatasetFolder putAll() throws IOException {
        for (String split : new String[]{"train", "validation", "test"}) {
            put("arc.parquet", "arc/ARC-Easy/" + split + "/0.parquet");
            put("arc.parquet", "arc/ARC-Challenge/" + split + "/0.parquet");
            put("gsm8k.parquet", "gsm8k/main/" + split + "/0.parquet");
            put("smoltalk-0.parquet", "smoltalk/default/" + split + "/0.parquet");
            put("smoltalk-1.parquet", "smoltalk/default/" + split + "/1.parquet");
        }
        put("mmlu.parquet", "mmlu/all/auxiliary_train/0.parquet");
        put("mmlu.parquet", "mmlu/all/validation/0.parquet");
        put("mmlu.parquet", "mmlu/all/test/0.parquet");
        put("humaneval.parquet", "humaneval/openai_humaneval/test/0.parquet");
        return this;
    }

    /// As the commands see it.
    public BaseDirectory base() {
        return new BaseDirectory(root);
    }
}
