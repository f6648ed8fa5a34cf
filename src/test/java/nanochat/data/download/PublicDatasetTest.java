package nanochat.data.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import nanochat.data.FileDocuments;
import nanochat.data.TextSplit;
import nanochat.data.parquet.ParquetDocumentWriter;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: a server with the paths of the public ones, as the sources of nanochat (`dataset.py`, `base_eval.py`) and the documentation of the
/// Hugging Face Hub give them.
class PublicDatasetTest {
    private static final String CLIMBMIX_PATH = "/datasets/karpathy/climbmix-400b-shuffle/resolve/main/shard_%05d.parquet";

    @TempDir
    Path folder;

    private MisbehavingServer server;
    private BaseDirectory base;
    private Path shard;

    @BeforeEach
    void startServer() throws IOException {
        server = new MisbehavingServer();
        base = new BaseDirectory(folder.resolve("base"));
        shard = folder.resolve("shard.parquet");
        ParquetDocumentWriter.write(shard, List.of("one", "two").iterator());
    }

    @AfterEach
    void stopServer() {
        server.close();
    }

    private DownloadResult download(PublicDataset dataset, int shards) {
        DownloadSettings settings = new DownloadSettings(Duration.ofSeconds(30), 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, 1000);
        try (Downloader downloader = new Downloader(base.root(), 1, settings, new HubToken(Optional.empty()), Thread::sleep, 1)) {
            return dataset.download(new PublicDataset.Order(shards, 1, Optional.of(server.address())), base, downloader);
        }
    }

    private List<String> requested() {
        return server.requests().stream().map(MisbehavingServer.Request::path).toList();
    }

    @Test
    void theValidationShardIsAlwaysTheLastOneAndComesFirst() throws IOException {
        for (int number : new int[]{0, 1, 2, 6542}) {
            server.put(CLIMBMIX_PATH.formatted(number), shard);
        }
        assertThatThrownBy(() -> ShardedDataset.CLIMBMIX.downloaded(base)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("nanochat data download --dataset climbmix");
        assertThat(download(PublicDataset.CLIMBMIX, 2).downloaded()).isEqualTo(3);
        assertThat(requested()).containsExactly(CLIMBMIX_PATH.formatted(6542), CLIMBMIX_PATH.formatted(0), CLIMBMIX_PATH.formatted(1));
        assertThat(download(PublicDataset.CLIMBMIX, 3)).extracting(DownloadResult::files, DownloadResult::downloaded).containsExactly(4, 1);
        FileDocuments documents = new FileDocuments(List.of(ShardedDataset.CLIMBMIX.downloaded(base)), TextSplit.BLANK_LINES);
        assertThat(documents.files()).hasSize(4).last().asString().endsWith("base_data/climbmix/shard_06542.parquet");
    }

    @Test
    void theOlderSetHasItsOwnLastShard() throws IOException {
        String path = "/datasets/karpathy/fineweb-edu-100b-shuffle/resolve/main/shard_";
        server.put(path + "00000.parquet", shard);
        server.put(path + "01822.parquet", shard);
        download(PublicDataset.FINEWEB_EDU, 1);
        assertThat(ShardedDataset.FINEWEB_EDU.downloaded(base).resolve("shard_01822.parquet")).hasSameBinaryContentAs(shard);
        assertThat(ShardedDataset.FINEWEB_EDU.files(-1, base, new Hub(server.address()))).hasSize(1823);
        assertThatThrownBy(() -> download(PublicDataset.FINEWEB_EDU, 0)).isInstanceOf(BadInputException.class).hasMessageContaining("-n");
    }

    @Test
    void taskFilesAreThoseThatTheHubLists() throws IOException {
        Map<String, String> repositories = Map.of("smoltalk", "HuggingFaceTB/smol-smoltalk", "mmlu", "cais/mmlu", "gsm8k", "openai/gsm8k",
                "arc", "allenai/ai2_arc", "humaneval", "openai/openai_humaneval");
        for (TaskFiles set : TaskFiles.values()) {
            String[] label = set.label().split("/");
            String api = "/api/datasets/" + repositories.get(label[0]) + "/parquet/" + label[1] + "/" + label[2];
            int files = set == TaskFiles.SMOLTALK_TRAIN ? 11 : 1;
            String[] listed = new String[files];
            for (int i = 0; i < files; i++) {
                // as a mirror may have it: a copy of the Hub's own list
                listed[i] = "https://huggingface.co" + api + "/" + i + ".parquet";
                Path file = folder.resolve("source/" + set + i + ".parquet");
                ParquetDocumentWriter.write(file, List.of(set + " " + i).iterator());
                server.put(api + "/" + i + ".parquet", file);
            }
            server.put(api, Json.line(listed).getBytes(StandardCharsets.UTF_8), "\"list\"");
        }
        download(PublicDataset.TASKS, 8);
        for (TaskFiles set : TaskFiles.values()) {
            List<Path> files = set.files(base);
            assertThat(files).hasSize(set == TaskFiles.SMOLTALK_TRAIN ? 11 : 1);
            for (int i = 0; i < files.size(); i++) {
                assertThat(files.get(i)).hasSameBinaryContentAs(folder.resolve("source/" + set + i + ".parquet"));
            }
        }
        assertThat(download(PublicDataset.TASKS, 8).downloaded()).isZero();
    }

    private static byte[] bundle(String... names) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(name));
                zip.write(name.getBytes(StandardCharsets.UTF_8));
                zip.closeEntry();
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void theEvaluationBundleIsUnpackedWholeAndOnce() throws IOException {
        server.put("/eval_bundle.zip", bundle("eval_bundle/core.yaml", "eval_bundle/eval_data/a.jsonl", "__MACOSX/x"), "\"1\"");
        Files.createDirectories(base.root().resolve("eval_bundle.tmp/left/behind"));
        assertThat(download(PublicDataset.CORE, 8).downloaded()).isEqualTo(1);
        assertThat(base.evalBundle().resolve("core.yaml")).hasContent("eval_bundle/core.yaml");
        assertThat(base.evalBundle().resolve("eval_data/a.jsonl")).exists();
        assertThat(base.root()).isDirectoryNotContaining("regex:.*(tmp|zip|partial|json)");
        assertThat(download(PublicDataset.CORE, 8).downloaded()).isZero();
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void aBundleThatIsNoneIsRefusedAndLeavesNothing() throws IOException {
        server.put("/eval_bundle.zip", bundle("other/core.yaml"), "\"1\"");
        assertThatThrownBy(() -> download(PublicDataset.CORE, 8)).isInstanceOf(BadInputException.class).hasMessageContaining("core.yaml")
                .hasMessageContaining("eval_bundle.zip");
        assertThat(base.evalBundle()).doesNotExist();
        assertThat(base.root().resolve("eval_bundle.tmp")).doesNotExist();
    }

    @Test
    void listingsLeadNowhereLessSafe() {
        Hub mirror = new Hub(URI.create("https://mirror.example/hub/"));
        assertThat(mirror.onThisServer("http://huggingface.co/api/x/0.parquet")).hasToString("https://mirror.example/hub/api/x/0.parquet");
        assertThat(mirror.onThisServer("https://cdn.example/0.parquet")).hasToString("https://cdn.example/0.parquet");
        for (String address : List.of("http://cdn.example/0.parquet", "file:///etc/passwd", "0.parquet", "a b")) {
            assertThatThrownBy(() -> mirror.onThisServer(address)).isInstanceOf(BadInputException.class).hasMessageContaining(address);
        }
        for (String address : List.of("huggingface.co", "ftp://a", "file:///x", "https://a?b")) {
            assertThatThrownBy(() -> new Hub(URI.create(address))).isInstanceOf(BadInputException.class).hasMessageContaining(address);
        }
    }
}
