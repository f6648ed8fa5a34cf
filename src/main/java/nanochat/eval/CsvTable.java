package nanochat.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import nanochat.io.BadInputException;

/// A file of comma-separated values with a header (RFC 4180): a field in double quotes may hold commas, line breaks, and quotes written twice.
final class CsvTable {
    private final Path file;
    private final List<String> header;
    private final List<Row> rows = new ArrayList<>();

    /// @param line where it begins, counted from 1
    record Row(int line, List<String> fields) {}

    private CsvTable(Path file, List<Row> all) {
        if (all.isEmpty()) {
            throw new BadInputException(file + " is empty");
        }
        this.file = file;
        this.header = all.getFirst().fields;
        for (Row row : all.subList(1, all.size())) {
            if (row.fields.size() != header.size()) {
                throw new BadInputException(file + " line " + row.line + " has " + row.fields.size() + " fields, the header "
                        + header.size());
            }
            rows.add(row);
        }
    }

    /// @throws BadInputException when the file cannot be read, a quoted field does not end, or a row has not as many fields as the header
    static CsvTable read(Path file) {
        try {
            String text = Files.readString(file);
            return new CsvTable(file, new Parser(file, text.startsWith("\uFEFF") ? text.substring(1) : text).rows());
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    List<Row> rows() {
        return rows;
    }

    /// The index of the column of that name.
    int column(String name) {
        int index = header.indexOf(name);
        if (index < 0) {
            throw new BadInputException(file + " has no column \"" + name + "\", only " + String.join(", ", header));
        }
        return index;
    }

    private static final class Parser {
        private final Path file;
        private final String text;
        private final List<Row> rows = new ArrayList<>();
        private List<String> fields = new ArrayList<>();
        private int at;
        private int line = 1;

        Parser(Path file, String text) {
            this.file = file;
            this.text = text;
        }

        List<Row> rows() {
            while (at < text.length()) {
                int start = line;
                fields = new ArrayList<>();
                fields.add(field());
                while (at < text.length() && text.charAt(at) == ',') {
                    at++;
                    fields.add(field());
                }
                lineBreak();
                if (fields.size() > 1 || !fields.getFirst().isBlank()) {
                    rows.add(new Row(start, fields));
                }
            }
            return rows;
        }

        private String field() {
            if (at < text.length() && text.charAt(at) == '"') {
                return quoted();
            }
            int start = at;
            while (at < text.length() && ",\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            return text.substring(start, at);
        }

        private String quoted() {
            int start = line;
            StringBuilder field = new StringBuilder();
            for (at++; at < text.length(); at++) {
                char c = text.charAt(at);
                if (c == '"') {
                    at++;
                    if (at == text.length() || text.charAt(at) != '"') {
                        return field.toString();
                    }
                }
                line += c == '\n' ? 1 : 0;
                field.append(c);
            }
            throw new BadInputException(file + " line " + start + ": a field in double quotes does not end");
        }

        private void lineBreak() {
            if (at == text.length()) {
                return;
            }
            if (text.charAt(at) == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n') {
                at++;
            }
            if (text.charAt(at) != '\n' && text.charAt(at) != '\r') {
                throw new BadInputException(file + " line " + line + ": there is text after the end of a field in double quotes");
            }
            at++;
            line++;
        }
    }
}
