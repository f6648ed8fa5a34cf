package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;

/// A tab-separated resource file; its first line names the columns.
record Table(String file, List<String> columns, List<List<String>> rows) {
    static Table read(String file) {
        List<String> lines = Resource.lines(file);
        List<String> columns = List.of(lines.getFirst().split("\t", -1));
        List<List<String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            List<String> row = List.of(line.split("\t", -1));
            if (row.size() != columns.size()) {
                throw new IllegalStateException(file + ": '" + line + "' has " + row.size() + " cells, not " + columns.size());
            }
            rows.add(row);
        }
        return new Table(file, columns, List.copyOf(rows));
    }

    /// The index of a column.
    int column(String name) {
        int index = columns.indexOf(name);
        if (index < 0) {
            throw new IllegalStateException(file + " has no column " + name);
        }
        return index;
    }
}
