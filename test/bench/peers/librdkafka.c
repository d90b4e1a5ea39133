/*
 * librdkafka at full speed, as its performance example uses it: produces in a loop without copying the value and counts
 * delivery reports, or consumes in batches from one queue, again and again from the beginning. Once a second, on standard output: records, µs of CPU
 * (getrusage, all threads), µs of wall clock, each since the program began.
 *
 *   cc -O2 -o build/librdkafka librdkafka.c -lrdkafka       (Debian: apt-get install librdkafka-dev)
 *   librdkafka -P -t TOPIC -p PARTITIONS -s BYTES -d SECONDS [-r RECORDS/S] [-k KEYS] -X name=value ...
 *   librdkafka -C -t TOPIC -p PARTITIONS -d SECONDS -X name=value ...
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LOOK 256 /* records between two looks at the clock */
#define BATCH 1000

static long delivered, failed;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "librdkafka: %s: %s\n", what, why);
    exit(1);
}
static long wall_us(void) {
    static struct timespec began;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (began.tv_sec == 0) began = now;
    return (now.tv_sec - began.tv_sec) * 1000000L + (now.tv_nsec - began.tv_nsec) / 1000;
}
static void tell(long records) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    long cpu = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    printf("%ld %ld %ld\n", records, cpu, wall_us());
    fflush(stdout);
}
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque) {
    if (message->err) failed++;
    else delivered++;
}

static void produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition, int size, long until, long rate, int keys) {
    char *value = malloc(size);
    struct { char digits[12]; int length; } *key = calloc(keys + 1, sizeof *key);
    for (int i = 0; i < size; i++) value[i] = 'a' + i % 26;
    for (int i = 0; i < keys; i++) key[i].length = sprintf(key[i].digits, "%d", i);
    long sent = 0, now = 0, told = 0;
    for (int k = 0; now < until; k = k + 1 < keys ? k + 1 : 0) {
        while (rd_kafka_produce(topic, partition, 0, value, size, keys ? key[k].digits : NULL,
                                key[k].length, NULL) == -1) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL) fail("produce", rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(rk, 10);
        }
        sent++;
        rd_kafka_poll(rk, 0);
        if (rate || sent % LOOK == 0) now = wall_us();
        while (rate && sent > now * rate / 1000000) rd_kafka_poll(rk, 1), now = wall_us();
        if (now - told >= 1000000) tell(delivered), told = now;
    }
    rd_kafka_flush(rk, 60000);
    tell(delivered);
    if (failed || delivered != sent) fprintf(stderr, "librdkafka: %ld sent, %ld delivered, %ld failed\n", sent, delivered, failed), exit(1);
}

static void consume(rd_kafka_t *rk, rd_kafka_topic_t *topic, int partitions, long until) {
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_message_t *batch[BATCH];
    for (int p = 0; p < partitions; p++)
        if (rd_kafka_consume_start_queue(topic, p, RD_KAFKA_OFFSET_BEGINNING, queue)) fail("start", rd_kafka_err2str(rd_kafka_last_error()));
    long records = 0, told = 0;
    for (long now = 0; now < until; now = wall_us()) {
        ssize_t count = rd_kafka_consume_batch_queue(queue, 100, batch, BATCH);
        for (ssize_t i = 0; i < count; i++) {
            if (!batch[i]->err) records++;
            else if (batch[i]->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) { /* once more from the beginning */
                rd_kafka_consume_stop(topic, batch[i]->partition);
                rd_kafka_consume_start_queue(topic, batch[i]->partition, RD_KAFKA_OFFSET_BEGINNING, queue);
            } else fail("consume", rd_kafka_message_errstr(batch[i]));
            rd_kafka_message_destroy(batch[i]);
        }
        if (now - told >= 1000000) tell(records), told = now;
    }
    tell(records);
}

int main(int argc, char **argv) {
    char mode = 0, why[512], *topic = NULL;
    int size = 100, partitions = 1, keys = 0;
    long seconds = 10, rate = 0;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    wall_us();
    for (int option; (option = getopt(argc, argv, "VPCt:p:s:d:r:k:X:")) != -1;) {
        if (option == 'V') return puts(rd_kafka_version_str()), 0;
        if (option == 'P' || option == 'C') mode = option;
        else if (option == 't') topic = optarg;
        else if (option == 'p') partitions = atoi(optarg);
        else if (option == 's') size = atoi(optarg);
        else if (option == 'd') seconds = atol(optarg);
        else if (option == 'r') rate = atol(optarg);
        else if (option == 'k') keys = atoi(optarg);
        else if (option == 'X') {
            char *equals = strchr(optarg, '=');
            if (!equals) fail(optarg, "not name=value");
            *equals = 0;
            if (rd_kafka_conf_set(conf, optarg, equals + 1, why, sizeof why) != RD_KAFKA_CONF_OK) fail(optarg, why);
        } else exit(2);
    }
    if (!mode || !topic) fail("arguments", "-P or -C, and -t TOPIC are needed");
    if (mode == 'P') rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = rd_kafka_new(mode == 'P' ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (!rk) fail("client", why);
    rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
    if (mode == 'P') produce(rk, handle, partitions > 1 ? RD_KAFKA_PARTITION_UA : 0, size, seconds * 1000000, rate, keys);
    else consume(rk, handle, partitions, seconds * 1000000);
    _exit(0); /* what is still fetched is not waited for */
}
