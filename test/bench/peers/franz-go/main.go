// franz-go at full speed, as a peer of the wire driver: produces in a loop and counts promises, or polls from the
// beginning of a topic. Once a second, on standard output: records since the program began.
//
//	go build -o ../build/franz-go . && ../build/franz-go -topic T -brokers HOST:PORT -size 100 -seconds 30
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	consume := flag.Bool("consume", false, "read instead of produce")
	brokers := flag.String("brokers", "", "host:port")
	topic := flag.String("topic", "", "an existing topic")
	size := flag.Int("size", 100, "bytes of a value")
	seconds := flag.Int("seconds", 10, "how long")
	keys := flag.Int("keys", 0, "different keys, decimal digits; 0: none, all to partition 0")
	linger := flag.Duration("linger", 5*time.Millisecond, "how long a batch waits")
	batch := flag.Int("batch", 131072, "bytes of a batch")
	inFlight := flag.Int("in-flight", 5, "requests a broker")
	buffered := flag.Int("buffered", 250000, "records that may wait")
	flag.Parse()

	options := []kgo.Opt{kgo.SeedBrokers(*brokers)}
	if *consume {
		options = append(options,
			kgo.ConsumeTopics(*topic),
			kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
			kgo.FetchMaxPartitionBytes(1<<20),
		)
	} else {
		options = append(options,
			kgo.DefaultProduceTopic(*topic),
			kgo.RequiredAcks(kgo.LeaderAck()),
			kgo.DisableIdempotentWrite(),
			kgo.ProducerBatchCompression(kgo.NoCompression()),
			kgo.ProducerLinger(*linger),
			kgo.ProducerBatchMaxBytes(int32(*batch)),
			kgo.MaxProduceRequestsInflightPerBroker(*inFlight),
			kgo.MaxBufferedRecords(*buffered),
		)
		if *keys == 0 {
			options = append(options, kgo.RecordPartitioner(kgo.ManualPartitioner()))
		}
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		log.Fatal(err)
	}
	var records atomic.Int64
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(*seconds)*time.Second)
	defer cancel()
	go func() {
		for range time.Tick(time.Second) {
			fmt.Println(records.Load())
		}
	}()
	if *consume {
		for ctx.Err() == nil {
			fetches := client.PollFetches(ctx)
			if err := fetches.Err0(); err != nil && ctx.Err() == nil {
				log.Fatal(err)
			}
			records.Add(int64(fetches.NumRecords()))
		}
	} else {
		produce(ctx, client, *size, *keys, &records)
	}
	fmt.Println(records.Load())
}

func produce(ctx context.Context, client *kgo.Client, size, keys int, records *atomic.Int64) {
	value := make([]byte, size)
	for i := range value {
		value[i] = byte('a' + i%26)
	}
	digits := make([][]byte, keys)
	for i := range digits {
		digits[i] = []byte(strconv.Itoa(i))
	}
	promise := func(_ *kgo.Record, err error) {
		if err != nil && ctx.Err() == nil {
			log.Fatal(err)
		}
		records.Add(1)
	}
	for k := 0; ctx.Err() == nil; k++ {
		record := &kgo.Record{Value: value}
		if keys > 0 {
			record.Key = digits[k%keys]
		}
		client.Produce(context.Background(), record, promise)
	}
	if err := client.Flush(context.Background()); err != nil {
		log.Fatal(err)
	}
}
