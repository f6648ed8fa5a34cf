package nanochat.data.corpus;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Names by the split they belong to: those on a line that starts with `held-out` or `test` are for that split alone. Where a split has none of its own it
/// uses those of training.
record Names(Map<Split, List<String>> ofSplit) {
    private static final String HELD_OUT = "held-out ";
    private static final String TEST = "test ";

    /// @param separator between the names of a line
    static Names of(List<String> lines, String separator) {
        Map<Split, List<String>> names = new EnumMap<>(Split.class);
        names.put(Split.TRAIN, names(lines.stream().filter(line -> !line.startsWith(HELD_OUT) && !line.startsWith(TEST)), separator));
        names.put(Split.VALIDATION, names(after(HELD_OUT, lines), separator));
        names.put(Split.TEST, names(after(TEST, lines), separator));
        return new Names(names);
    }

    private static Stream<String> after(String beginning, List<String> lines) {
        return lines.stream().filter(line -> line.startsWith(beginning)).map(line -> line.substring(beginning.length()));
    }

    private static List<String> names(Stream<String> lines, String separator) {
        return lines.flatMap(line -> Stream.of(line.split(separator, -1))).toList();
    }

    String draw(Draw draw) {
        List<String> own = ofSplit.getOrDefault(draw.split(), List.of());
        return draw.of(own.isEmpty() ? ofSplit.getOrDefault(Split.TRAIN, List.of()) : own);
    }
}
