package nanochat.cli;

import java.util.Arrays;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/// What constants are called on the command line: `dr-grpo`, `dr_grpo` and `DR_GRPO` all mean the same.
final class EnumNames {
    private EnumNames() {
    }

    /// Has all options of a command, and of those below it, understand them.
    static void register(CommandLine command) {
        for (ArgSpec argument : command.getCommandSpec().args()) {
            for (Class<?> type : argument.typeInfo().getAuxiliaryTypes()) {
                if (type.isEnum()) {
                    register(command, type);
                }
            }
        }
    }

    private static <E> void register(CommandLine command, Class<E> type) {
        command.registerConverter(type, value -> constant(type, value));
    }

    private static <E> E constant(Class<E> type, String value) {
        E[] constants = Objects.requireNonNull(type.getEnumConstants());
        return Arrays.stream(constants).filter(constant -> constant.toString().replace('-', '_').equalsIgnoreCase(value.replace('-', '_')))
                .findFirst().orElseThrow(() -> new TypeConversionException(
                        "expected one of " + Arrays.toString(constants) + " (case-insensitive) but was '" + value + "'"));
    }
}
