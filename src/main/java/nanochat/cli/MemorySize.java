package nanochat.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// A number of bytes, given as `512m` or `2g` (2^20 and 2^30 bytes).
///
/// @param bytes at least 1
record MemorySize(long bytes) {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9})([kmg])");

    /// Reads one from the command line.
    static final class Converter implements ITypeConverter<MemorySize> {
        @Override
        public MemorySize convert(String value) {
            Matcher form = FORM.matcher(value.toLowerCase(Locale.ROOT));
            if (!form.matches() || Long.parseLong(form.group(1)) == 0) {
                throw new TypeConversionException("'" + value + "' is no size of memory: write it like 512m or 2g");
            }
            int shift = switch (form.group(2)) {
                case "k" -> 10;
                case "m" -> 20;
                default -> 30;
            };
            return new MemorySize(Long.parseLong(form.group(1)) << shift);
        }
    }
}
