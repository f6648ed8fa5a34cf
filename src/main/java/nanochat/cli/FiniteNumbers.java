package nanochat.cli;

import picocli.CommandLine;
import picocli.CommandLine.TypeConversionException;

/// Numbers on the command line are numbers: neither NaN nor infinite.
final class FiniteNumbers {
    private FiniteNumbers() {
    }

    /// Has all options of a command refuse others.
    static void register(CommandLine command) {
        command.registerConverter(double.class, FiniteNumbers::parse);
        command.registerConverter(Double.class, FiniteNumbers::parse);
    }

    private static Double parse(String text) {
        try {
            double value = Double.parseDouble(text);
            if (Double.isFinite(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new TypeConversionException("'" + text + "' is not a number");
    }
}
