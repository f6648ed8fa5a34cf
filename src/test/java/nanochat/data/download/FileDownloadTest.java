package nanochat.data.download;

import static nanochat.data.download.MisbehavingServer.Misdeed.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.download.MisbehavingServer.Misdeed;
import nanochat.data.download.MisbehavingServer.Request;
import nanochat.data.parquet.ParquetDocumentWriter;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: the file on the server, byte for byte.
class FileDownloadTest {
    private static final String PATH = "/shard.parquet";
    private static final DownloadSettings SETTINGS = new DownloadSettings(Duration.ofSeconds(30), 12, Duration.ofSeconds(1),
            Duration.ofSeconds(8), Duration.ofSeconds(30), 30_000);

    @TempDir
    Path folder;

    private final List<Duration> pauses = Collections.synchronizedList(new ArrayList<>());
    private final List<AutoCloseable> closed = new ArrayList<>();
    private Path target = Path.of("");
    private byte[] file = {};

    @BeforeEach
    void makeAFile() throws IOException {
        target = folder.resolve("here/shard.parquet");
        file = parquet(1);
    }

    @AfterEach
    void closeServers() throws Exception {
        for (AutoCloseable server : closed) {
            server.close();
        }
    }

    /// Some 100 kB that do not compress.
    private byte[] parquet(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        Path path = folder.resolve("source-" + seed + ".parquet");
        ParquetDocumentWriter.write(path, IntStream.range(0, 6).mapToObj(_ -> random.ints(20_000, ' ', 127)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString()).iterator());
        return Files.readAllBytes(path);
    }

    private MisbehavingServer server(Misdeed... misdeeds) throws IOException {
        MisbehavingServer server = new MisbehavingServer(misdeeds);
        closed.add(server);
        server.put(PATH, file, "\"v1\"");
        return server;
    }

    private DownloadResult download(URI address) {
        return download(address, SETTINGS);
    }

    private DownloadResult download(URI address, DownloadSettings settings) {
        try (Downloader downloader = new Downloader(folder, 1, settings, new HubToken(Optional.of("hf_secret")), pauses::add, 5)) {
            return downloader.fetch("test", List.of(new RemoteFile(address, target, ContentCheck.PARQUET)));
        }
    }

    private void assertWhole() throws IOException {
        assertThat(target).hasBinaryContent(file);
        try (Stream<Path> beside = Files.list(target.getParent())) {
            assertThat(beside).containsExactly(target);
        }
    }

    private static List<String> ranges(MisbehavingServer server) {
        return server.requests().stream().map(request -> request.header("Range").orElse("all")).toList();
    }

    @Test
    void aFileComesWholeAndIsNotFetchedAgain() throws IOException {
        MisbehavingServer server = server();
        assertThat(download(server.address(PATH))).extracting(DownloadResult::downloaded, DownloadResult::bytes)
                .containsExactly(1, (long) file.length);
        assertWhole();
        assertThat(download(server.address(PATH)).downloaded()).isZero();
        assertThat(server.requests()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void oneMisdeedDoesNoHarm(Misdeed misdeed) throws IOException {
        if (misdeed == NOT_FOUND || misdeed == FORBIDDEN || misdeed == FLIPPED_BYTE) {
            return; // these have tests of their own
        }
        for (Misdeed[] misdeeds : new Misdeed[][]{{misdeed}, {CUT, misdeed}, {CUT, misdeed, CUT, misdeed}}) {
            Files.deleteIfExists(target);
            download(server(misdeeds).address(PATH), impatient(SETTINGS.failures()));
            assertWhole();
        }
    }

    @Test
    void aCutDownloadGoesOnWhereItStopped() throws IOException {
        MisbehavingServer server = server(CUT, CUT);
        download(server.address(PATH));
        assertWhole();
        Request second = server.requests().get(1);
        assertThat(second.header("If-Range")).hasValue("\"v1\"");
        assertThat(second.header("Range").orElse("")).matches("bytes=[1-9]\\d*-");
        assertThat(server.bytesSent()).isLessThan(file.length + 70_000L);
    }

    @Test
    void aServerThatIgnoresRangesSendsEverythingAgain() throws IOException {
        MisbehavingServer server = server(CUT, RANGE_IGNORED);
        download(server.address(PATH));
        assertWhole();
        assertThat(server.requests()).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"v1\"", "W/\"v1\"", ""})
    void partsOfTwoVersionsAreNeverJoined(String etag) throws IOException {
        MisbehavingServer server = server(CUT, NONE);
        server.put(PATH, file, etag);
        assertThatThrownBy(() -> download(server.address(PATH), withFailures(0))).isInstanceOf(BadInputException.class);
        assertThat(folder.resolve("here/shard.parquet.partial")).exists();
        file = parquet(2);
        server.put(PATH, file, "\"v2\"");
        download(server.address(PATH));
        assertWhole();
        assertThat(ranges(server).getLast().equals("all")).isEqualTo(!etag.equals("\"v1\""));
    }

    private static DownloadSettings withFailures(int failures) {
        return settings(SETTINGS.stall(), failures);
    }

    private static DownloadSettings impatient(int failures) {
        return settings(Duration.ofMillis(300), failures);
    }

    private static DownloadSettings settings(Duration stall, int failures) {
        return new DownloadSettings(stall, failures, SETTINGS.firstDelay(), SETTINGS.longestDelay(),
                SETTINGS.longestRetryAfter(), SETTINGS.bytesBetweenSyncs());
    }

    @Test
    void aPartOfAnotherVersionIsRefusedEvenIfTheServerSendsIt() throws IOException {
        MisbehavingServer server = server(CUT, PART_OF_ANOTHER_VERSION);
        download(server.address(PATH));
        assertWhole();
        assertThat(ranges(server).getLast()).isEqualTo("all");
    }

    @Test
    void thePartThatIsNotThereMayMeanThatNothingIsMissing() throws IOException {
        MisbehavingServer server = server(CUT_LAST_CHUNK, NONE);
        download(server.address(PATH));
        assertWhole();
        assertThat(ranges(server)).containsExactly("all", "bytes=" + file.length + "-");
    }

    @Test
    void theServersWishToBeLeftAloneIsHonouredWithinLimits() throws IOException {
        download(server(TOO_MANY_REQUESTS, TOO_MANY_REQUESTS, UNAVAILABLE).address(PATH));
        assertWhole();
        assertThat(pauses).hasSize(3);
        assertThat(pauses.subList(0, 2)).allSatisfy(pause -> assertThat(pause).isBetween(Duration.ofSeconds(7), Duration.ofSeconds(9)));
        assertThat(pauses.get(2)).isLessThan(Duration.ofSeconds(4));
    }

    @Test
    void aRefusalNamesTheAddressAtOnce() throws IOException {
        MisbehavingServer server = server(FORBIDDEN);
        assertThatThrownBy(() -> download(server.address(PATH))).isInstanceOf(BadInputException.class)
                .hasMessageContaining(server.address(PATH).toString()).hasMessageContaining("403").hasMessageContaining("HF_TOKEN");
        assertThatThrownBy(() -> download(server.address("/nothing.parquet"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining(server.address("/nothing.parquet").toString()).hasMessageContaining("404");
        assertThat(pauses).isEmpty();
        assertThat(target.getParent()).isEmptyDirectory();
    }

    @Test
    void whoGivesUpKeepsWhatCame() throws IOException {
        MisbehavingServer server = server(CUT, UNAVAILABLE, SILENCE);
        assertThatThrownBy(() -> download(server.address(PATH), impatient(2))).isInstanceOf(BadInputException.class)
                .hasMessageContaining(server.address(PATH).toString()).hasMessageContaining("3 attempts").hasMessageContaining("no answer");
        assertThat(target).doesNotExist();
        long before = server.bytesSent();
        download(server.address(PATH));
        assertWhole();
        assertThat(server.bytesSent() - before).isLessThan(file.length);
    }

    @Test
    void anotherAddressStartsOver() throws IOException {
        MisbehavingServer first = server(CUT);
        assertThatThrownBy(() -> download(first.address(PATH), withFailures(0))).isInstanceOf(BadInputException.class);
        file = parquet(2);
        MisbehavingServer second = server();
        download(second.address(PATH));
        assertWhole();
        assertThat(ranges(second)).containsExactly("all");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[1]", "{\"address\": \"a\"}", "{\"address\": null, \"version\": null, \"bytes\": -5}",
        "{\"address\": \"URL\", \"version\": {}, \"bytes\": 2}"})
    void damagedNotesAboutAPartMeanStartingOver(String notes) throws IOException {
        Files.createDirectories(target.getParent());
        Files.writeString(folder.resolve("here/shard.parquet.partial"), "abc");
        MisbehavingServer server = server();
        Files.writeString(folder.resolve("here/shard.parquet.partial.json"), notes.replace("URL", server.address(PATH).toString()));
        download(server.address(PATH));
        assertWhole();
        assertThat(ranges(server)).containsExactly("all");
    }

    @Test
    void whatIsNotAParquetFileNeverGetsTheName() throws IOException {
        MisbehavingServer server = server();
        byte[] cut = Arrays.copyOf(file, file.length - 1);
        for (byte[] wrong : List.of("<html>".getBytes(StandardCharsets.UTF_8), new byte[0], cut)) {
            server.put(PATH, wrong, "\"v1\"");
            assertThatThrownBy(() -> download(server.address(PATH))).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("arquet").hasMessageContaining("3 attempts");
            assertThat(target).doesNotExist();
        }
    }

    /// A hub that redirects to a content network, as the real one does.
    private MisbehavingServer hub(MisbehavingServer contentNetwork, Misdeed... misdeeds) throws IOException {
        List<Misdeed> left = new ArrayList<>(List.of(misdeeds));
        MisbehavingServer hub = new MisbehavingServer(_ -> left.isEmpty() ? NONE : left.removeFirst(),
                Optional.of(contentNetwork.address()));
        closed.add(hub);
        hub.put(PATH, file, "\"hub\"");
        return hub;
    }

    @Test
    void redirectionsAreFollowedWithTheRangeAndWithoutTheToken() throws IOException {
        MisbehavingServer contentNetwork = server(CUT, CUT);
        MisbehavingServer hub = hub(contentNetwork);
        download(hub.address(PATH));
        assertWhole();
        assertThat(ranges(contentNetwork)).hasSize(3).element(1).asString().startsWith("bytes=");
        assertThat(contentNetwork.requests().get(1).header("If-Range")).hasValue("\"v1\"");
        assertThat(Stream.concat(hub.requests().stream(), contentNetwork.requests().stream()))
                .allSatisfy(request -> assertThat(request.header("Authorization")).isEmpty());
    }

    @Test
    void aWrongByteIsNoticedWhereTheHubTellsTheChecksum() throws IOException {
        MisbehavingServer contentNetwork = server(FLIPPED_BYTE, CUT, FLIPPED_BYTE);
        download(hub(contentNetwork).address(PATH));
        assertWhole();

        Files.delete(target);
        MisbehavingServer liar = server(FLIPPED_BYTE, FLIPPED_BYTE, FLIPPED_BYTE);
        MisbehavingServer hub = hub(liar);
        assertThatThrownBy(() -> download(hub.address(PATH))).isInstanceOf(BadInputException.class).hasMessageContaining(
                "SHA-256 checksum");
        assertThat(target).doesNotExist();
    }

    @Test
    void whereTheHubTellsTheChecksumAPartWithoutAnEntityTagCanBeContinued() throws IOException {
        MisbehavingServer contentNetwork = server(CUT);
        contentNetwork.put(PATH, file, "");
        download(hub(contentNetwork).address(PATH));
        assertWhole();
        assertThat(ranges(contentNetwork).getLast()).startsWith("bytes=");
    }

    @Test
    void anExpiredAddressOnTheContentNetworkIsAskedForAgain() throws IOException {
        MisbehavingServer contentNetwork = server(CUT, FORBIDDEN, NOT_FOUND);
        MisbehavingServer hub = hub(contentNetwork);
        download(hub.address(PATH));
        assertWhole();
        assertThat(hub.requests()).hasSize(4);
    }

    @Test
    void aRedirectionLoopEndsWithAnError() throws IOException {
        MisbehavingServer server = server(Stream.generate(() -> REDIRECTION_LOOP).limit(40).toArray(Misdeed[]::new));
        assertThatThrownBy(() -> download(server.address(PATH), withFailures(1))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("redirections").hasMessageContaining(server.address(PATH).toString());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void aServerThatDoesEverythingWrongNowAndThenDelivers(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        List<Misdeed> harmless = Arrays.stream(Misdeed.values())
                .filter(misdeed -> !List.of(NOT_FOUND, FORBIDDEN, STALL, SILENCE, FLIPPED_BYTE, PAGE, LENGTH_TOO_SMALL).contains(misdeed))
                .toList();
        List<Misdeed> plan = new ArrayList<>(List.of(STALL, PAGE, LENGTH_TOO_SMALL)); // two of these come whole and are rejected
        random.ints(25, 0, harmless.size()).forEach(which -> plan.add(random.nextInt(plan.size() + 1), harmless.get(which)));
        MisbehavingServer server = server(plan.toArray(Misdeed[]::new));
        download(server.address(PATH), impatient(30));
        assertThat(target).as("seed %d: %s", seed, plan).hasBinaryContent(file);
        assertWhole();
    }
}
