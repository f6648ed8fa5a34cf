package nanochat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The launcher in odd places: a copy of it, with a `java` and a `mvn` that only say what they were asked for. Oracle: what they say.
class LauncherTest {
    @TempDir
    Path folder;

    private Path checkout;
    private Path jdk;

    @BeforeEach
    void assumeAShell() {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")) && Files.isDirectory(Path.of("/proc/self/fd")), "Linux");
    }

    /// Makes a checkout of that name, built or not.
    private void checkOut(String name, boolean built) throws IOException {
        checkout = Files.createDirectories(folder.resolve(name));
        Files.copy(Path.of("nanochat"), checkout.resolve("nanochat"), StandardCopyOption.COPY_ATTRIBUTES);
        Files.createDirectories(checkout.resolve("src/main"));
        Files.writeString(checkout.resolve("pom.xml"), "<project/>");
        Files.createDirectories(checkout.resolve("target/fast/lib"));
        Files.writeString(checkout.resolve("target/fast/lib/picocli-1.jar"), "a library");
        Files.createDirectories(checkout.resolve("target/launcher"));
        Files.writeString(checkout.resolve("target/fast/nanochat4j.jar"), "the jar");
        Files.writeString(checkout.resolve("target/launcher/nanochat4j.jar"), "the jar");
        if (built) {
            Files.writeString(checkout.resolve("target/launcher/built"), "");
        }
        jdk = Files.createDirectories(folder.resolve("jdk"));
        Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25\"\n");
        script(jdk.resolve("bin/java"), """
                while [ "$1" != -cp ]; do shift; done
                IFS=:
                for entry in $2; do cat "${entry%/\\*}" 2>/dev/null || ls -d "${entry%/\\*}"; echo; done
                echo "locale $(locale charmap 2>/dev/null)"
                shift 3
                unset IFS
                echo "arguments $*"
                """);
        script(jdk.resolve("bin/javac"), "");
        script(folder.resolve("bin/mvn"), "echo built >>\"" + folder + "/builds\"");
    }

    private static void script(Path file, String body) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + body);
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    private String run(Path from, Map<String, String> environment, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(from.toFile()).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || List.of("LANG", "HOME", "CDPATH").contains(name));
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().merge("PATH", folder.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }

    private int builds() throws IOException {
        Path log = folder.resolve("builds");
        return Files.exists(log) ? Files.readAllLines(log).size() : 0;
    }

    @Test
    void aPathMayHaveAnySigns() throws Exception {
        for (String name : List.of("plain", "a:b", "a,b", "a b", "a:b,c d", "a%20b", "a+b", "a#b", "a'b", "a\"b", "a&b;c", "-a")) {
            checkOut(name, true);
            String output = run(folder, Map.of(), checkout.resolve("nanochat").toString(), "chat", "a b");
            assertThat(output).as(name).contains("the jar", "a library", "arguments chat a b");
            assertThat(run(folder, Map.of(), checkout.resolve("nanochat").toString(), "sft")).as(name).contains("the jar", "a library",
                    "arguments sft");
        }
        assertThat(builds()).isZero();
    }

    @Test
    void argumentsArriveAsTheyWereGiven() throws Exception {
        checkOut("here", true);
        Path link = Files.createSymbolicLink(folder.resolve("link"), checkout.resolve("nanochat"));
        String output = run(folder, Map.of("LC_ALL", "C"), link.toString(), "sft", "--data", "a  b*", "$HOME", "50%");
        assertThat(output).contains("the jar", "arguments sft --data a  b* $HOME 50%");
    }

    @Test
    void closedInputAndErrorsStopNothing() throws Exception {
        checkOut("here", true);
        assertThat(run(folder, Map.of(), "sh", "-c", "here/nanochat chat x <&- 2>&-")).contains("the jar", "arguments chat x");
        checkOut("a:b", true);
        assertThat(run(folder, Map.of(), "sh", "-c", "a:b/nanochat chat x <&- 2>&-")).contains("the jar", "arguments chat x");
    }

    @Test
    void cdpathLeadsNowhereAndNoHomeIsNeeded() throws Exception {
        checkOut("here", true);
        Files.createDirectories(folder.resolve("elsewhere/here"));
        String output = run(folder, Map.of("CDPATH", folder.resolve("elsewhere").toString()), "sh", "here/nanochat", "x");
        assertThat(output).contains("the jar", "arguments x");
    }

    @Test
    void namesOfFilesAreUtf8WhateverTheLocaleSays() throws Exception {
        checkOut("here", true);
        assumeTrue(run(folder, Map.of("LC_ALL", "C.UTF-8"), "sh", "-c", "locale charmap").contains("UTF-8"), "a system with C.UTF-8");
        String launcher = checkout.resolve("nanochat").toString();
        for (Map<String, String> environment : List.of(Map.<String, String>of(), Map.of("LANG", "xx_XX.UTF-8"), Map.of("LC_ALL",
                "xx_XX.UTF-8"), Map.of("LC_CTYPE", "C"), Map.of("LANG", "C.UTF-8"))) {
            assertThat(run(folder, environment, launcher)).as(environment.toString()).contains("locale UTF-8");
        }
    }

    @Test
    void aSourceFromTheFutureIsBuiltOnce() throws Exception {
        checkOut("here", false);
        Path source = Files.writeString(checkout.resolve("src/main/A.java"), "class A {}");
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(86_400)));
        String launcher = checkout.resolve("nanochat").toString();
        run(folder, Map.of(), launcher);
        assertThat(builds()).isEqualTo(1);
        Thread.sleep(20);
        run(folder, Map.of(), launcher);
        assertThat(builds()).isEqualTo(1);
        Thread.sleep(20);
        Files.writeString(source, "class A { int changed; }");
        run(folder, Map.of(), launcher);
        assertThat(builds()).isEqualTo(2);
    }
}
