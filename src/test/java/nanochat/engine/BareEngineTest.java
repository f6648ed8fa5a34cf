package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The engine as a library, without anything beside it.
class BareEngineTest {
    @Test
    void withoutAnyLibraryOnTheClassPathTheEngineRunsOnTheVectorApi() throws Exception {
        String classPath = Stream.of(BareEngine.class, Engine.class)
                .map(type -> type.getProtectionDomain().getCodeSource().getLocation().getPath())
                .collect(Collectors.joining(File.pathSeparator));
        Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-cp", classPath, BareEngine.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        assertThat(process.waitFor()).isZero();
        assertThat(output).startsWith("Vector API [");
        assertThat(tokens(output)).isEqualTo(tokens(BareEngine.generate()));
    }

    private static String tokens(String output) {
        return output.substring(output.indexOf('['));
    }
}
