package nanochat.data.download;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;

/// The public task sets: which dataset of the Hugging Face Hub each one is, and where its Parquet files lie once downloaded:
///
///     <base>/task_data/<name>/<config>/<split>/<n>.parquet        n = 0, 1, 2, ... without gaps
///     <base>/task_data/<name>/<config>/<split>/listing.json       the Hub's list of these files, an array of addresses
///
/// The columns are those of the original datasets. Files put there by hand need no listing, and may be `<n>.jsonl`: an object a line, with
/// the columns as its fields.
public enum TaskFiles {
    SMOLTALK_TRAIN("smoltalk", "HuggingFaceTB/smol-smoltalk", "default", "train"), SMOLTALK_TEST("smoltalk", "HuggingFaceTB/smol-smoltalk",
            "default", "test"), MMLU_AUXILIARY_TRAIN("mmlu", "cais/mmlu", "all", "auxiliary_train"), MMLU_VALIDATION("mmlu", "cais/mmlu",
                    "all", "validation"), MMLU_TEST("mmlu", "cais/mmlu", "all", "test"), GSM8K_TRAIN("gsm8k", "openai/gsm8k", "main",
                            "train"), GSM8K_TEST("gsm8k", "openai/gsm8k", "main", "test"), ARC_EASY_TRAIN("arc", "allenai/ai2_arc",
                                    "ARC-Easy", "train"), ARC_EASY_VALIDATION("arc", "allenai/ai2_arc", "ARC-Easy",
                                            "validation"), ARC_EASY_TEST("arc", "allenai/ai2_arc", "ARC-Easy", "test"), ARC_CHALLENGE_TRAIN(
                                                    "arc", "allenai/ai2_arc", "ARC-Challenge", "train"), ARC_CHALLENGE_VALIDATION("arc",
                                                            "allenai/ai2_arc", "ARC-Challenge", "validation"), ARC_CHALLENGE_TEST("arc",
                                                                    "allenai/ai2_arc", "ARC-Challenge", "test"), HUMANEVAL_TEST("humaneval",
                                                                            "openai/openai_humaneval", "openai_humaneval", "test");

    private static final String LISTING = "listing.json";

    private final String task;
    private final String repository;
    private final String config;
    private final String split;

    TaskFiles(String task, String repository, String config, String split) {
        this.task = task;
        this.repository = repository;
        this.config = config;
        this.split = split;
    }

    /// The part of the dataset: of ARC "ARC-Easy" or "ARC-Challenge".
    public String config() {
        return config;
    }

    /// `name/config/split`.
    public String label() {
        return task + "/" + config + "/" + split;
    }

    /// Where the files go.
    private Path folder(BaseDirectory base) {
        return base.taskData().resolve(task, config, split);
    }

    private Path listing(BaseDirectory base) {
        return folder(base).resolve(LISTING);
    }

    private Path file(BaseDirectory base, int number) {
        return folder(base).resolve(number + ".parquet");
    }

    /// Whether any file is there.
    public boolean areThere(BaseDirectory base) {
        return Files.exists(present(base, 0));
    }

    /// The file `number`, in JSON lines where it is there in no other form.
    private Path present(BaseDirectory base, int number) {
        Path lines = folder(base).resolve(number + ".jsonl");
        return !Files.exists(file(base, number)) && Files.exists(lines) ? lines : file(base, number);
    }

    /// The list of files to fetch first.
    RemoteFile remoteListing(BaseDirectory base, Hub hub) {
        return new RemoteFile(hub.parquetListing(repository, config, split), listing(base), ContentCheck.LISTING);
    }

    /// The files that the fetched list names.
    List<RemoteFile> remoteFiles(BaseDirectory base, Hub hub) {
        List<String> listed = List.of(Json.read(listing(base), String[].class));
        return IntStream.range(0, listed.size())
                .mapToObj(number -> new RemoteFile(hub.onThisServer(listed.get(number)), file(base, number), ContentCheck.PARQUET))
                .toList();
    }

    /// The downloaded files, in the order of their rows.
    ///
    /// @throws BadInputException when there are none, or fewer than the listing names
    public List<Path> files(BaseDirectory base) {
        List<Path> files = Stream.iterate(0, number -> number + 1).map(number -> present(base, number)).takeWhile(Files::exists).toList();
        int expected = Files.exists(listing(base)) ? Json.read(listing(base), String[].class).length : 1;
        if (files.size() < expected) {
            throw new BadInputException("There is no file " + file(base, files.size())
                    + ". Run 'nanochat data download --dataset tasks' to fetch what is missing.");
        }
        return files;
    }
}
