package nanochat.data;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A file or folder inside a folder of documents that is not read.
///
/// @param path inside the folder
record PassedOver(Path path, Reason reason) {
    private static final int NAMED = 3;

    enum Reason {
        OTHER_KIND("is of another kind", "are of other kinds"), HIDDEN("is hidden", "are hidden"), EMPTY("is empty",
                "are empty"), DANGLING_LINK("is a link to nothing", "are links to nothing"), CIRCLE("is a link to a folder around it",
                        "are links to folders around them"), SAME_FILE("is read under another name", "are read under other names");

        private final String ofOne;
        private final String ofMany;

        Reason(String ofOne, String ofMany) {
            this.ofOne = ofOne;
            this.ofMany = ofMany;
        }
    }

    /// In one line a reason: how many, and the names of the first few.
    static List<String> lines(Path folder, List<PassedOver> passedOver) {
        Map<Reason, List<Path>> byReason = passedOver.stream().collect(Collectors.groupingBy(PassedOver::reason, () -> new EnumMap<>(
                Reason.class), Collectors.mapping(PassedOver::path, Collectors.toList())));
        List<String> lines = new ArrayList<>();
        byReason.forEach((reason, paths) -> {
            String names = paths.stream().sorted().limit(NAMED).map(Path::toString).collect(Collectors.joining(", "));
            String more = paths.size() > NAMED ? " and " + (paths.size() - NAMED) + " more" : "";
            String what = paths.size() == 1 ? reason.ofOne : reason.ofMany;
            String kinds = reason == Reason.OTHER_KIND ? " than " + FileFormat.suffixes() : "";
            lines.add("Passed over in " + folder + ": " + names + more + " " + what + kinds);
        });
        return lines;
    }
}
