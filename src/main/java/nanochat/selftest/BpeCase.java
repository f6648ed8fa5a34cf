package nanochat.selftest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import nanochat.io.BadInputException;
import nanochat.tokenizer.BpeTrainer;
import nanochat.tokenizer.Merge;
import nanochat.tokenizer.SplitPattern;
import nanochat.tokenizer.TrainerOptions;
import nanochat.tokenizer.TrainingProgress;

/// A recorded tokenizer: `case.json`, and the one document `corpus.txt` that it was trained on.
///
/// @param merges left, right and count of each, in order
/// @param encode texts and their tokens
record BpeCase(Optional<String> splitPattern, List<List<Long>> merges, Optional<List<Encoded>> encode) {
    record Encoded(String text, List<Integer> ids) {}

    List<Check> run(Path folder, int threads) {
        for (List<Long> merge : merges) {
            if (merge.size() != 3) {
                throw new BadInputException("The case " + folder + " has a merge " + merge + " that is not left, right, count");
            }
        }
        List<Check> checks = new ArrayList<>();
        splitPattern.ifPresent(pattern -> checks.add(Check.exact("split_pattern", pattern.equals(SplitPattern.REGEX) ? 0 : 1)));
        int size = merges.size() + TrainerOptions.SMALLEST_VOCABULARY;
        TrainerOptions options = new TrainerOptions(size, Long.MAX_VALUE, Integer.MAX_VALUE, threads);
        BpeTrainer.Result trained = BpeTrainer.train(List.of(corpus(folder)).iterator(), options, TrainingProgress.NONE);
        checks.add(Check.exact("merges", wrongMerges(trained)));
        checks.add(Check.exact("merge_counts", wrongCounts(trained)));
        encode.ifPresent(texts -> {
            checks.add(Check.exact("encode", texts.stream().filter(text -> !Arrays.equals(trained.tokenizer().encode(text.text()),
                    ids(text))).count()));
            checks.add(Check.exact("decode",
                    texts.stream().filter(text -> !trained.tokenizer().decode(ids(text)).equals(text.text())).count()));
        });
        return checks;
    }

    private static String corpus(Path folder) {
        Path file = folder.resolve("corpus.txt");
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadInputException("Cannot read the corpus of the case, " + file + ": " + e.getMessage(), e);
        }
    }

    private long wrongMerges(BpeTrainer.Result trained) {
        List<Merge> found = trained.tokenizer().merges();
        long wrong = Math.abs(found.size() - merges.size());
        for (int i = 0; i < Math.min(found.size(), merges.size()); i++) {
            if (found.get(i).left() != merges.get(i).get(0) || found.get(i).right() != merges.get(i).get(1)) {
                wrong++;
            }
        }
        return wrong;
    }

    private long wrongCounts(BpeTrainer.Result trained) {
        List<Long> found = trained.counts();
        long wrong = Math.abs(found.size() - merges.size());
        for (int i = 0; i < Math.min(found.size(), merges.size()); i++) {
            if (!found.get(i).equals(merges.get(i).get(2))) {
                wrong++;
            }
        }
        return wrong;
    }

    private static int[] ids(Encoded encoded) {
        return encoded.ids().stream().mapToInt(Integer::intValue).toArray();
    }
}
