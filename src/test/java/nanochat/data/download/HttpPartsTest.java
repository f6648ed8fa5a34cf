package nanochat.data.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: the rules of RFC 9110 (ranges, validators), worked by hand.
class HttpPartsTest {
    private static HttpHeaders headers(String... namesAndValues) {
        Map<String, List<String>> headers = new TreeMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            headers.put(namesAndValues[i], List.of(namesAndValues[i + 1]));
        }
        return HttpHeaders.of(headers, (_, _) -> true);
    }

    private static RemoteVersion version(String... namesAndValues) {
        HttpHeaders headers = headers(namesAndValues);
        return RemoteVersion.of(headers, HttpSource.number(headers, "Content-Length"), Checksum.of(headers));
    }

    @ParameterizedTest
    @CsvSource({"https://huggingface.co/x,true", "https://HuggingFace.co:443/x,true", "http://huggingface.co/x,false",
        "https://huggingface.co.evil.example/x,false", "https://huggingface.co@evil.example/,false", "https://huggingface.co:8443/x,false",
        "https://cdn-lfs.huggingface.co/x,false", "https://hf-mirror.com/x,false"})
    void theTokenGoesToTheHubAloneAndEncrypted(URI address, boolean sent) {
        HubToken token = new HubToken(Optional.of("hf_abc"));
        assertThat(token.authorization(address)).isEqualTo(sent ? Optional.of("Bearer hf_abc") : Optional.empty());
        assertThat(token.toString()).doesNotContain("hf_abc");
        assertThat(new HubToken(Optional.empty()).authorization(address)).isEmpty();
    }

    @Test
    void aTokenThatWouldBreakAHeaderIsRefusedWithoutBeingShown() {
        assertThatThrownBy(() -> new HubToken(Optional.of("hf_abc\nX: y"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("HF_TOKEN").hasMessageNotContaining("hf_abc");
    }

    @ParameterizedTest
    @CsvSource({"https://a/x,https://b/y,true", "http://a/x,http://b/y,true", "http://a/x,https://b/y,true", "https://a/x,http://a/y,false",
        "http://a/x,file:///etc/passwd,false", "https://a/x,ftp://b/y,false"})
    void redirectionsNeverLeadToLessSafety(URI from, URI to, boolean may) {
        assertThat(HttpSource.mayFollow(from, to)).isEqualTo(may);
    }

    @ParameterizedTest
    @CsvSource({"bytes 5-9/10,5,true", "bytes 5-9/*,5,true", "bytes 5-7/10,5,true", "bytes 4-9/10,5,false", "bytes 5-10/10,5,false",
        "bytes */10,5,false", "bytes 5-4/10,5,false"})
    void aPartFollowsOnlyWhereItBegins(String header, long start, boolean follows) {
        assertThat(ContentRange.of(headers("Content-Range", header)).orElseThrow().follows(start)).isEqualTo(follows);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "bytes", "5-9/10", "bytes 5-9", "bytes -1-9/10", "bytes 5-9999999999999999999/10", "lines 5-9/10"})
    void whatIsNoRangeIsNone(String header) {
        assertThat(ContentRange.of(headers("Content-Range", header))).isEmpty();
    }

    @Test
    void onlyStrongValidatorsHoldPartsTogether() {
        assertThat(version("ETag", "\"a\"").ifRange()).hasValue("\"a\"");
        assertThat(version("ETag", "W/\"a\"").canBeResumed()).isFalse();
        String old = "Sun, 06 Nov 1994 08:49:37 GMT";
        assertThat(version("Last-Modified", old, "Date", "Sun, 06 Nov 1994 08:49:38 GMT").ifRange()).hasValue(old);
        assertThat(version("Last-Modified", old, "Date", old).canBeResumed()).isFalse();
        assertThat(version("Last-Modified", old).canBeResumed()).isFalse();
        assertThat(version("X-Linked-ETag", "\"" + "ab".repeat(32) + "\"").canBeResumed()).isTrue();
    }

    @Test
    void versionsContradictEachOtherWhereBothSayAndDiffer() {
        RemoteVersion version = version("ETag", "\"a\"", "Content-Length", "10");
        assertThat(version.contradicts(version("ETag", "\"a\""))).isFalse();
        assertThat(version.contradicts(version())).isFalse();
        assertThat(version.contradicts(version("ETag", "\"b\""))).isTrue();
        assertThat(version.contradicts(version("ETag", "\"a\"", "Content-Length", "11"))).isTrue();
        String checksum = "ab".repeat(32);
        assertThat(version("ETag", "\"a\"", "X-Linked-ETag", checksum)
                .contradicts(version("ETag", "\"b\"", "X-Linked-ETag", checksum.toUpperCase(Locale.ROOT)))).isFalse();
        assertThat(version("ETag", "\"a\"", "X-Linked-ETag", checksum)
                .contradicts(version("ETag", "\"a\"", "X-Linked-ETag", "cd".repeat(32)))).isTrue();
    }

    @Test
    void checksumsAreFoundInTheHeadersThatHoldThem() {
        // SHA-256 and MD5 of nothing
        String sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        Checksum expected = new Checksum("SHA-256", sha256);
        assertThat(Checksum.of(headers("X-Linked-ETag", '"' + sha256 + '"'))).hasValue(expected);
        assertThat(Checksum.of(headers("Repr-Digest", "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"))).hasValue(expected);
        assertThat(Checksum.ofWholeBody(headers("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==")))
                .hasValue(new Checksum("MD5", "d41d8cd98f00b204e9800998ecf8427e"));
        // files outside the large file storage have a Git hash, which is not one of the content
        assertThat(Checksum.of(headers("X-Linked-ETag", "\"a16a55fda99d2f2e7b69cce5cf93ff4ad3049930\""))).isEmpty();
        assertThat(Checksum.of(headers("Repr-Digest", "sha-256=:AAAA:"))).isEmpty();
        assertThat(Checksum.ofWholeBody(headers("Content-MD5", "?"))).isEmpty();
    }

    @Test
    void pausesGrowToALimitAndAreSpreadOverAllOfIt() {
        Backoff backoff = new Backoff(DownloadSettings.DEFAULT, new SplittableRandom(3));
        for (int failures = 1; failures <= 12; failures++) {
            double limit = Math.min(60, Math.pow(2, failures - 1));
            double sum = 0;
            for (int i = 0; i < 2000; i++) {
                double seconds = backoff.delay(failures, Optional.empty()).toMillis() / 1e3;
                assertThat(seconds).isBetween(0.0, limit);
                sum += seconds;
            }
            // the mean of 2000 uniform draws has a standard error of 0.65% of the limit
            assertThat(sum / 2000 / limit).isBetween(0.47, 0.53);
        }
        assertThat(backoff.delay(1, Optional.of(Duration.ofSeconds(20)))).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(21));
        assertThat(backoff.delay(1, Optional.of(Duration.ofDays(2)))).isBetween(Duration.ofMinutes(5), Duration.ofSeconds(301));
    }
}
