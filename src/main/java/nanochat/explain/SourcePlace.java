package nanochat.explain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.attribute.LineNumberInfo;
import java.lang.classfile.attribute.LineNumberTableAttribute;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/// A method in the program's source, found in the classes that run: so it is never out of date.
///
/// @param file in the source tree
/// @param line where the method begins
/// @param code the method
public record SourcePlace(String file, int line, String code) {
    private static final String ROOT = "src/main/java";

    /// The first method of that name.
    public static SourcePlace of(Class<?> type, String method) {
        String file = "/" + type.getName().replace('.', '/') + ".java";
        List<String> lines = new String(read(type, file), StandardCharsets.UTF_8).lines().toList();
        int inside = firstLine(type, method);
        int begin = inside;
        while (begin > 1 && !(indentation(lines.get(begin - 1)) == 4 && lines.get(begin - 1).contains(method + "("))) {
            begin--;
        }
        int end = inside;
        while (end < lines.size() && !lines.get(end - 1).equals("    }")) {
            end++;
        }
        return new SourcePlace(ROOT + file, begin, String.join("\n", lines.subList(begin - 1, end)).stripIndent());
    }

    /// The first line of code in it, by the table that debuggers use.
    private static int firstLine(Class<?> type, String method) {
        return ClassFile.of().parse(read(type, "/" + type.getName().replace('.', '/') + ".class")).methods().stream()
                .filter(candidate -> candidate.methodName().equalsString(method))
                .flatMap(candidate -> candidate.code().stream())
                .flatMap(code -> code.findAttribute(Attributes.lineNumberTable()).stream())
                .map(LineNumberTableAttribute::lineNumbers)
                .mapToInt(table -> table.stream().mapToInt(LineNumberInfo::lineNumber).min().orElseThrow())
                .findFirst().orElseThrow(() -> new IllegalArgumentException(type + " has no code for a method " + method));
    }

    private static byte[] read(Class<?> type, String file) {
        try (InputStream in = Objects.requireNonNull(type.getResourceAsStream(file), file)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int indentation(String line) {
        return line.length() - line.stripLeading().length();
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
