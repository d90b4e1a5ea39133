export default 'kafka-1:9092'
